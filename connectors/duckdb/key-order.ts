import { hash } from 'node:crypto';
import { type Batch, type PipelineId, type Slab, slabRows } from '../contract/index.ts';
import { OWN } from './own-tables.ts';
import type { Session } from './session.ts';

/** What of a batch is new, and how many changes were done before or are older than what was. */
export interface NewChanges {
  readonly batch: Batch;
  readonly superseded: number;
  readonly alreadyApplied: number;
}

/** Whose order it is. */
export interface OrderOwner {
  readonly pipeline: PipelineId;
  readonly stream: string;
}

/**
 * Leaves out changes that are not newer than the last one of their key, and keeps the order of the others: inside the open transaction, which
 * is to write them too. A change without an order is done, and its key's order begins anew (invariant 6).
 */
export async function takeNewer(session: Session, owner: OrderOwner, batch: Batch): Promise<NewChanges> {
  const hashes = keyHashes(batch);
  const known = await readOrder(session, owner, new Set(hashes));
  const latest = new Map<string, bigint>();
  const taken: number[] = [];
  let alreadyApplied = 0;
  for (const [row, key] of hashes.entries()) {
    const seq = batch.seq?.[row] ?? 0n;
    const newest = latest.get(key) ?? known.get(key) ?? 0n;
    if (seq !== 0n && (seq < newest || (seq === newest && batch.seqTies !== true))) {
      if (seq === newest) alreadyApplied++;
      continue;
    }
    latest.set(key, seq);
    taken.push(row);
  }
  await writeOrder(session, owner, latest);
  const superseded = hashes.length - taken.length - alreadyApplied;
  return { batch: taken.length === hashes.length ? batch : rowsOf(batch, taken), superseded, alreadyApplied };
}

async function readOrder(session: Session, { pipeline, stream }: OrderOwner, keys: ReadonlySet<string>) {
  const rows = await session.rows(
    `SELECT key_hash, CAST(max(seq) AS VARCHAR) FROM ${OWN.order} WHERE pipeline = $1::UUID AND stream = $2 AND key_hash IN (${literals(keys)}) GROUP BY ALL`,
    [pipeline, stream],
  );
  return new Map(rows.map(([key, seq]) => [String(key), BigInt(String(seq))]));
}

async function writeOrder(session: Session, { pipeline, stream }: OrderOwner, latest: ReadonlyMap<string, bigint>) {
  if (latest.size === 0) return;
  const owner = [pipeline, stream];
  await session.run(
    `DELETE FROM ${OWN.order} WHERE pipeline = $1::UUID AND stream = $2 AND key_hash IN (${literals(latest.keys())})`,
    owner,
  );
  const ordered = [...latest].filter(([, seq]) => seq !== 0n);
  if (ordered.length === 0) return;
  const values = ordered.map(([key, seq]) => `($1::UUID, $2, '${key}', ${seq})`);
  await session.run(`INSERT INTO ${OWN.order} VALUES ${values.join(', ')}`, owner);
}

/** Of the key within its domain. */
function keyHashes({ keys, rows, seqDomain }: Batch): string[] {
  const slab = keys ?? rows;
  const domain = Buffer.from(seqDomain === undefined ? '' : `${seqDomain}\0`);
  const hashed = (row: number) => hash('sha256', Buffer.concat([domain, recordOf(slab, row)]), 'hex').slice(0, 32);
  return Array.from({ length: slabRows(slab) }, (_, row) => hashed(row));
}

function recordOf({ bytes, ends }: Slab, row: number): Uint8Array {
  return bytes.subarray(row === 0 ? 0 : ends[row - 1], ends[row]);
}

function literals(keys: Iterable<string>): string {
  return [...keys].map((key) => `'${key}'`).join(', ');
}

function rowsOf(batch: Batch, taken: readonly number[]): Batch {
  const pick = (slab: Slab): Slab => {
    const records = taken.map((row) => recordOf(slab, row));
    let end = 0;
    const ends = Uint32Array.from(records, (record) => {
      end += record.length;
      return end;
    });
    return { bytes: Buffer.concat(records), ends };
  };
  const { keys, ops, before } = batch;
  return {
    kind: 'batch',
    schema: batch.schema,
    rows: pick(batch.rows),
    ...(keys === undefined ? {} : { keys: pick(keys) }),
    ...(before === undefined ? {} : { before: pick(before) }),
    ...(ops === undefined ? {} : { ops: Uint8Array.from(taken, (row) => ops[row]!) }),
  };
}
