import { rowJson } from '../avro/index.ts';
import { type Batch, millraceError, type Reject, type StreamName, streamText } from '../contract/index.ts';
import type { Value } from '../types/index.ts';
import { removeSql } from './delete-keys.ts';
import { attempt, isRowSize, type Loader, type Refusal, refusalText } from './load-attempt.ts';
import {
  halve,
  keyTexts,
  type NetChanges,
  netChanges,
  type Segment,
  segmentRows,
  wholeBatches,
} from './load-changes.ts';
import type { Group } from './load-flow.ts';
import { emptyStatement, keyedTable } from './load-statement.ts';
import type { OrderTable } from './order.ts';
import { execute } from './query.ts';
import type { Session } from './session.ts';

const SAVEPOINT = 'millrace_load';
/** Keys of one DELETE: far below what makes MySQL's range optimizer give up (8 MiB) and read the whole table. */
const DELETE_KEYS = 500;

/**
 * So few rows that a LOAD did not take are tried by INSERT before they are halved further: TiDB's LOAD turns dates such as 2024-02-31 into
 * zero dates with a warning, whatever the `sql_mode`, where its INSERT takes them as they are.
 */
const INSERT_TRIAL = 500;

/** What became of a group's rows. */
export interface GroupResult {
  readonly written: number;
  readonly superseded: number;
  readonly alreadyApplied?: number;
  readonly rejected: number;
}

export interface GroupContext {
  readonly session: Session;
  /** Told of each refused row before anything else is done with it; may throw to stop the run. */
  readonly reject: (reject: Reject) => void;
  readonly sent: (bytes: number) => void;
  /** Rows in the transaction before this group: alone in it, a row that is too large will never fit. */
  readonly rowsBefore: number;
  /** Where the order of a stream's keys is kept. */
  readonly order?: (stream: StreamName) => OrderTable;
}

/** Writes a group inside the open transaction. Throws what is not about single rows; then the transaction is to be rolled back. */
export async function writeGroup(group: Group, context: GroupContext): Promise<GroupResult> {
  const { loader } = group;
  if (group.flows) {
    const rejected = await loadFlowing(group, context);
    return { written: group.rows - rejected, superseded: 0, rejected };
  }
  const batches = await group.whole;
  if (loader.method !== 'refill' && batches.every((batch) => batch.ops === undefined)) {
    const rejected = await loadRows(loader, wholeBatches(batches), context);
    return { written: group.rows - rejected, superseded: 0, rejected };
  }
  return writeChanges(group, batches, context);
}

async function writeChanges(group: Group, batches: readonly Batch[], context: GroupContext): Promise<GroupResult> {
  const { loader } = group;
  const { schema, layout } = loader;
  const table = batches.some((batch) => batch.resends) ? context.order?.(schema.stream) : undefined;
  const order = table === undefined ? undefined : await knownOrder(table, loader, batches, context.session);
  const net = netChanges(schema, layout, batches, order);
  await removeKeys(context.session, loader, net);
  const gives = loader.method === 'refill' && batches.some((batch) => batch.catchingUp);
  const rejected = await loadRows(gives ? { ...loader, method: 'replace' } : loader, net.rows, context);
  if (order !== undefined) await table!.write(context.session, order);
  const { superseded, alreadyApplied } = net;
  return { written: group.rows - superseded - alreadyApplied - rejected, superseded, alreadyApplied, rejected };
}

async function knownOrder(table: OrderTable, { schema, layout }: Loader, batches: readonly Batch[], session: Session) {
  const { keys, ordered } = keyTexts(schema, layout, batches);
  return { known: await table.read(session, keys, ordered), latest: new Map<string, bigint>() };
}

/** Loads a group's rows while they come; gives the number of rejected rows. */
async function loadFlowing(group: Group, context: GroupContext): Promise<number> {
  const { session, sent } = context;
  await execute(session, `SAVEPOINT ${SAVEPOINT}`);
  const refusal = await attempt(session, group.loader, group.flow(), sent);
  const batches = await group.whole;
  return refusal === undefined ? 0 : refused(group.loader, wholeBatches(batches), refusal, context);
}

/** Takes away what the net changes remove, and for `refill` also the rows that they bring, so that these can be inserted. */
async function removeKeys(session: Session, loader: Loader, net: NetChanges): Promise<void> {
  const { target, method } = loader;
  const removes = net.gone.length > 0 || net.truncated;
  if (method === 'insert' && removes) {
    throw millraceError('target.unwritable', `${streamText(target.table)} is appended to and cannot take deletes`, {
      at: streamText(target.table),
    });
  }
  if (net.truncated) await execute(session, emptyStatement(loader));
  await remove(session, loader, net.gone, target.write === 'soft_delete');
  if (method === 'refill') await remove(session, loader, net.rowKeys(), false);
}

async function remove(session: Session, loader: Loader, keys: readonly (readonly Value[])[], soft: boolean) {
  const keyed = keyedTable(loader, soft);
  const { constant } = loader.target;
  const whole = constant === undefined ? keys : keys.map((key) => [...key, constant.value]);
  for (let at = 0; at < keys.length; at += DELETE_KEYS) {
    await execute(session, removeSql(keyed, whole.slice(at, at + DELETE_KEYS)));
  }
}

/** Loads rows; what does not pass is halved until the bad rows are alone. Gives the number of rejected rows. */
export async function loadRows(loader: Loader, parts: readonly Segment[], context: GroupContext): Promise<number> {
  if (segmentRows(parts) === 0) return 0;
  const { session } = context;
  await execute(session, `SAVEPOINT ${SAVEPOINT}`);
  const refusal = await attempt(session, loader, parts, context.sent);
  return refusal === undefined ? 0 : refused(loader, parts, refusal, context);
}

/** Goes back to the savepoint and finds the rows at fault. */
async function refused(
  loader: Loader,
  parts: readonly Segment[],
  refusal: Refusal,
  context: GroupContext,
): Promise<number> {
  const { session } = context;
  const rows = segmentRows(parts);
  if (isTransactionSize(refusal) && rows + context.rowsBefore > 1) throw refusal.error;
  const inserts = loader.local && rows <= INSERT_TRIAL;
  const why = rows === 1 && !inserts ? await refusalText(session, refusal) : undefined;
  await execute(session, `ROLLBACK TO SAVEPOINT ${SAVEPOINT}`);
  if (inserts) return loadRows({ ...loader, local: false }, parts, context);
  if (why !== undefined) {
    const [{ rows: slab, from }] = parts as [Segment];
    const row = rowJson(loader.schema, loader.decode(slab, from));
    context.reject({ stream: streamText(loader.schema.stream), ...why, row });
    return 1;
  }
  const [left, right] = halve(parts);
  const rejected = await loadRows(loader, left, context);
  return rejected + (await loadRows(loader, right, { ...context, rowsBefore: context.rowsBefore + segmentRows(left) }));
}

function isTransactionSize({ error }: Refusal): boolean {
  return error?.code === 'load.too-large' && !isRowSize(error);
}
