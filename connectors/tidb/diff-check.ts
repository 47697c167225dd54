import {
  asMillraceError,
  type Finding,
  type KeptRows,
  type ReadRequest,
  type StreamSchema,
  streamText,
} from '../contract/index.ts';
import { undiffable } from './diff-table.ts';
import { rowBytes, scanUnits } from './scan-meter.ts';

const HOURLY = 730;
const DAILY = 30;

/** What keeps changes from being found, and what finding them costs. */
export function diffFindings(schemas: readonly StreamSchema[], { streams, follow, kept }: ReadRequest): Finding[] {
  const asked = schemas
    .map((table, i) => ({ table, request: streams[i]! }))
    .filter(({ request }) => request.mode === 'cdc');
  const wrong = asked.flatMap((one) => {
    const found = undiffable(one, follow);
    return found === undefined
      ? []
      : [{ severity: 'error', code: 'config.invalid', side: 'source', ...found } as const];
  });
  if (asked.length === 0) return wrong;
  const tables = asked.map(({ table }) => table);
  const hashed = tables.filter(({ stream }) => kept?.(stream) !== undefined);
  const broken = hashed.flatMap(({ stream }) => unusable(kept!(stream)!));
  return [...wrong, costFinding(tables), ...(hashed.length === 0 ? [] : [keptFinding(hashed)]), ...broken];
}

/** A run hashes each table inside the database: once against the target's rows, twice against its own history. */
function costFinding(tables: readonly StreamSchema[]): Finding {
  const once = tables.reduce((sum, table) => sum + scanUnits(table.rows ?? 0, rowBytes(table)), 0);
  const rows = tables.reduce((sum, { rows: some = 0 }) => sum + some, 0);
  const span = (runs: number) => `${round(once * runs)} to ${round(2 * once * runs)}`;
  const unknown = tables.filter((table) => !table.rows).map(({ stream }) => streamText(stream));
  const message =
    `changes are found by reading ${round(rows)} rows inside the database once or twice a run: about ${span(1)} request units; ` +
    `each hour ${span(HOURLY)} a month, each day ${span(DAILY)}. Rows that changed are paid for as others are` +
    (unknown.length === 0 ? '' : `. The server has no statistics of ${unknown.join(', ')} (ANALYZE TABLE makes them)`);
  return { severity: 'ok', code: 'cdc.cost', side: 'source', message };
}

/** Bytes that a row takes in the file of hashes beside its key, which stands there as text. */
const KEPT_BYTES = 90;

/** What the target cannot be asked stands on this machine. */
function keptFinding(tables: readonly StreamSchema[]): Finding {
  const rows = tables.reduce((sum, { rows: some = 0 }) => sum + some, 0);
  const names = tables.map(({ stream }) => streamText(stream)).join(', ');
  const message =
    `the rows of the target cannot be compared: key and hash of each row of ${names} are kept beside the local state of this machine, ` +
    `about ${round((rows * KEPT_BYTES) / 2 ** 20)} MiB, and runs more than tidb_gc_life_time apart need them`;
  return { severity: 'ok', code: 'cdc.kept', side: 'source', message };
}

function unusable({ store }: KeptRows): Finding[] {
  try {
    store.probe();
    return [];
  } catch (thrown) {
    const { code, message, fix, at } = asMillraceError(thrown);
    return [{ severity: 'error', code, side: 'source', message, fix, ...(at === undefined ? {} : { at }) }];
  }
}

/** Two digits say what an estimate knows. */
function round(units: number): string {
  return Number(units.toPrecision(2)).toLocaleString('en-US', { maximumFractionDigits: 1 });
}
