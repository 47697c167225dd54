import { type Finding, type ReadRequest, type StreamSchema, streamText } from '../contract/index.ts';
import { undiffable } from './diff-table.ts';
import { rowBytes, scanUnits } from './scan-meter.ts';

const HOURLY = 730;
const DAILY = 30;

/** What keeps changes from being found, and what finding them costs. */
export function diffFindings(schemas: readonly StreamSchema[], { streams, follow }: ReadRequest): Finding[] {
  const asked = schemas
    .map((table, i) => ({ table, request: streams[i]! }))
    .filter(({ request }) => request.mode === 'cdc');
  const wrong = asked.flatMap((one) => {
    const found = undiffable(one, follow);
    return found === undefined
      ? []
      : [{ severity: 'error', code: 'config.invalid', side: 'source', ...found } as const];
  });
  return asked.length === 0 ? wrong : [...wrong, costFinding(asked.map(({ table }) => table))];
}

/** A run hashes each table inside the database: once against the target's rows, twice against its own history. */
function costFinding(tables: readonly StreamSchema[]): Finding {
  const once = tables.reduce((sum, table) => sum + scanUnits(table.rows ?? 0, rowBytes(table)), 0);
  const rows = tables.reduce((sum, { rows: some = 0 }) => sum + some, 0);
  const span = (runs: number) => `${round(once * runs)} to ${round(2 * once * runs)}`;
  const unknown = tables.filter((table) => !table.rows).map(({ stream }) => streamText(stream));
  const message =
    `changes are found by reading ${round(rows)} rows inside the database once or twice a run: about ${span(1)} request units; ` +
    `each hour ${span(HOURLY)} a month, each day ${span(DAILY)}. Rows that changed are paid for as any others` +
    (unknown.length === 0 ? '' : `. The server has no statistics of ${unknown.join(', ')} (ANALYZE TABLE makes them)`);
  return { severity: 'ok', code: 'cdc.cost', side: 'source', message };
}

/** Two digits say what an estimate knows. */
function round(units: number): string {
  return Number(units.toPrecision(2)).toLocaleString('en-US', { maximumFractionDigits: 1 });
}
