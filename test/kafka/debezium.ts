import { framed, type TestTopic } from './produce.ts';
import { encodeAvro } from './ticdc.ts';

/** A column as Debezium's connectors describe it, in the words of Kafka Connect. */
export interface DebeziumColumn {
  readonly name: string;
  /** Connect's type: `int32`, `bytes`, ... */
  readonly type: string;
  /** Its meaning, e.g. `io.debezium.time.MicroTimestamp`. */
  readonly meaning?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly optional?: boolean;
}

type Row = Readonly<Record<string, unknown>>;

/** A change: the row before and after, and where it comes from. */
export interface Envelope {
  readonly op: string;
  readonly before?: Row;
  readonly after?: Row;
  readonly gtid?: string;
}

const avroNames: Readonly<Record<string, string>> = { int16: 'int', int32: 'int', int64: 'long', float64: 'double' };
const connectDecimal = 'org.apache.kafka.connect.data.Decimal';

/** As Confluent's Avro converter writes a schema of Connect. */
function avroField({ name, type, meaning, parameters = {}, optional }: DebeziumColumn): object {
  const scale = Number(parameters.scale);
  const precision = Number(parameters['connect.decimal.precision'] ?? 64);
  const logical = meaning === connectDecimal ? { logicalType: 'decimal', precision, scale } : {};
  const own = {
    type: avroNames[type] ?? type,
    ...logical,
    ...(meaning === undefined ? {} : { 'connect.name': meaning }),
    ...(Object.keys(parameters).length === 0 ? {} : { 'connect.parameters': parameters }),
  };
  return optional ? { name, type: ['null', own], default: null } : { name, type: own };
}

function envelopeSchema(columns: readonly DebeziumColumn[]): object {
  const value = { type: 'record', name: 'Value', fields: columns.map(avroField) };
  const source = {
    type: 'record',
    name: 'Source',
    fields: [
      { name: 'connector', type: 'string' },
      { name: 'ts_ms', type: 'long' },
      { name: 'gtid', type: ['null', 'string'], default: null },
      { name: 'pos', type: 'long' },
    ],
  };
  const block = {
    type: 'record',
    name: 'block',
    fields: [
      { name: 'id', type: 'string' },
      { name: 'data', type: { type: 'array', items: 'long' } },
    ],
  };
  return {
    type: 'record',
    name: 'Envelope',
    namespace: 'shop.orders',
    fields: [
      { name: 'before', type: ['null', value], default: null },
      { name: 'after', type: ['null', 'Value'], default: null },
      { name: 'source', type: source },
      { name: 'transaction', type: ['null', block], default: null },
      { name: 'op', type: 'string' },
      { name: 'ts_ms', type: ['null', 'long'], default: null },
    ],
  };
}

export type Publish = (key: Row, change: Envelope | undefined) => Promise<void>;

/** Writes changes in Avro. A change that is undefined is the message without a value behind a delete. */
export async function debeziumAvro(
  topic: TestTopic,
  columns: readonly DebeziumColumn[],
  key: string,
): Promise<Publish> {
  const keyColumn = columns.filter(({ name }) => name === key);
  const keySchema = { type: 'record', name: 'Key', namespace: 'shop.orders', fields: keyColumn.map(avroField) };
  const schema = envelopeSchema(columns);
  const ids = { key: await topic.register('key', keySchema), value: await topic.register('value', schema) };
  return (row, change) => {
    const value = change && {
      before: change.before ?? null,
      after: change.after ?? null,
      source: { connector: 'mysql', ts_ms: 1_700_000_000_000n, gtid: change.gtid ?? null, pos: 4n },
      transaction: { id: 'x', data: [1n, 2n] },
      op: change.op,
      ts_ms: 1_700_000_000_001n,
    };
    const bytes = value && framed(ids.value, encodeAvro(schema, value));
    return topic.raw(framed(ids.key, encodeAvro(keySchema, row)), bytes);
  };
}

function jsonField({ name, type, meaning, parameters, optional = false }: DebeziumColumn): object {
  const named = meaning === undefined ? {} : { name: meaning };
  return { field: name, type, optional, ...named, ...(parameters === undefined ? {} : { parameters }) };
}

/** Numbers of 64 bits are written as they are, bytes in base64. */
function json(value: unknown): string {
  const texts: string[] = [];
  const marked = JSON.stringify(value, (_, one: unknown) => {
    if (typeof one === 'bigint') return `\u0001${texts.push(one.toString()) - 1}\u0001`;
    const buffer = one as { type?: string; data?: number[] } | null;
    return buffer?.type === 'Buffer' ? Buffer.from(buffer.data!).toString('base64') : one;
  });
  return marked.replace(/"\\u0001(\d+)\\u0001"/g, (_, at: string) => texts[Number(at)]!);
}

/** Writes changes in JSON with embedded schemas. */
export function debeziumJson(topic: TestTopic, columns: readonly DebeziumColumn[], key: string): Publish {
  const struct = (fields: readonly DebeziumColumn[]) => ({ type: 'struct', fields: fields.map(jsonField) });
  const keySchema = struct(columns.filter(({ name }) => name === key));
  const row = struct(columns);
  const schema = {
    type: 'struct',
    fields: [
      { ...row, field: 'before', optional: true },
      { ...row, field: 'after', optional: true },
      { type: 'string', field: 'op' },
    ],
  };
  return (of, change) => {
    const source = { connector: 'mysql', ts_ms: 1_700_000_000_000, gtid: change?.gtid ?? null };
    const payload = change && { before: change.before ?? null, after: change.after ?? null, source, op: change.op };
    const value = payload && Buffer.from(json({ schema, payload }));
    return topic.raw(Buffer.from(json({ schema: keySchema, payload: of })), value);
  };
}
