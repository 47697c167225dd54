import { millraceError, OP, type Op } from '../contract/index.ts';
import type { AnyValue } from './avro-any.ts';
import { plainType } from './avro-type.ts';
import type { AvroRecord } from './registry.ts';
import { ticdcOrder } from './ticdc.ts';

/** What an envelope says beside the rows. */
export interface EnvelopeChange {
  readonly op: Op;
  readonly seq: bigint;
  /** What `seq` counts within: the server of a GTID, or the domain of MariaDB's. */
  readonly domain?: string;
  /** Changes of one transaction have the same `seq`. */
  readonly ties?: true;
  readonly at?: number;
}

type Struct = Readonly<Record<string, AnyValue>>;

const ops: Readonly<Record<string, Op>> = { c: OP.put, u: OP.put, r: OP.put, d: OP.delete };

/** The change that an envelope tells of; undefined for what is none of a row. Throws `kafka.malformed`, and `cdc.not-followed` for TRUNCATE. */
export function envelopeChange(op: string, source: Struct | null, topic: string): EnvelopeChange | undefined {
  if (op === 'm') return undefined;
  if (op === 't') {
    throw millraceError('cdc.not-followed', `the table of ${topic} was emptied by TRUNCATE`, {
      at: topic,
      fix: 'Empty the target by hand, set the position behind the message, and leave `skipped.operations` of Debezium at its default `t`.',
    });
  }
  const known = ops[op];
  if (known === undefined) throw millraceError('kafka.malformed', `the operation ${op} is not known`);
  const millis = Number(source?.ts_ms ?? 0);
  return { op: known, ...order(known, op, source), ...(millis > 0 ? { at: millis } : {}) };
}

/**
 * A snapshot's rows have no order, nor have file and position: after a failover they begin anew. GTIDs count by server, MariaDB's by domain, in
 * the order of commits; the changes of one transaction share one. TiDB's commits count by themselves.
 */
function order(op: Op, letter: string, source: Struct | null): Pick<EnvelopeChange, 'seq' | 'domain' | 'ties'> {
  const commitTs = source?.commit_ts ?? source?.commitTs ?? '';
  if (/^\d+$/.test(String(commitTs))) return { seq: ticdcOrder(BigInt(String(commitTs)), op) };
  const gtid = letter === 'r' || typeof source?.gtid !== 'string' ? '' : source.gtid;
  const [, server, number] = /^([0-9a-f-]{36}(?::[a-z_][a-z0-9_]*)?):(\d+)$/i.exec(gtid) ?? [];
  if (server !== undefined) return { seq: BigInt(number!), domain: server, ties: true };
  const [, domain, own] = /^(\d+)-\d+-(\d+)$/.exec(gtid) ?? [];
  return domain === undefined ? { seq: 0n } : { seq: BigInt(own!), domain, ties: true };
}

/** The record of a row inside of an envelope's schema. Throws `avro.foreign-schema`. */
export function envelopeRow(topic: string, avro: AvroRecord): AvroRecord {
  for (const name of ['before', 'after']) {
    const field = avro.fields.find((one) => one.name === name);
    const plain = field === undefined ? {} : plainType(field.type);
    if (Reflect.get(plain, 'type') === 'record') return plain as AvroRecord;
  }
  throw millraceError('avro.foreign-schema', `${topic}: its envelope does not say what a row is`, { at: topic });
}
