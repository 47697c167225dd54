import avro from 'avsc';
import { framed, type TestTopic } from './produce.ts';

/** A column as TiCDC describes it in its Avro schemas. */
export interface TicdcColumn {
  readonly name: string;
  readonly type: string | { readonly type: string; readonly [more: string]: unknown };
  readonly parameters: Readonly<Record<string, string>>;
  readonly nullable?: boolean;
  /** Of a nullable column: a value as default puts null second. */
  readonly default?: unknown;
}

export interface TicdcOptions {
  readonly extension?: boolean;
  readonly checksum?: boolean;
  readonly before?: boolean;
}

type Row = Readonly<Record<string, unknown>>;

/** Longs of 64 bits as bigint. */
const long = avro.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const eight = Buffer.alloc(8);
    eight.writeBigInt64LE(value);
    return eight;
  },
  fromJSON: BigInt,
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
});

function longHook(schema: unknown): avro.Type | undefined {
  const type = typeof schema === 'object' && schema !== null ? Reflect.get(schema, 'type') : schema;
  return type === 'long' ? long : undefined;
}

/** avsc's own encoding of a value. Bare values in unions. */
export function encodeAvro(schema: object, value: unknown): Buffer {
  const type = avro.Type.forSchema(schema as never, { wrapUnions: 'never', typeHook: longHook });
  return type.toBuffer(value);
}

function fieldOf({ name, type, parameters, nullable, default: value }: TicdcColumn): object {
  const own = { ...(typeof type === 'string' ? { type } : type), 'connect.parameters': parameters };
  if (!nullable) return { name, type: own };
  return value === undefined
    ? { name, type: ['null', own], default: null }
    : { name, type: [own, 'null'], default: value };
}

/** The value schema as TiCDC makes it (`pkg/sink/codec/avro/avro.go`): columns, the row before, then the extension. */
export function ticdcSchema(name: string, columns: readonly TicdcColumn[], options: TicdcOptions): object {
  const fields = columns.map(fieldOf);
  const before = { type: 'record', name: `${name}_before`, fields };
  const extension = [
    { name: '_tidb_op', type: 'string', default: '' },
    { name: '_tidb_commit_ts', type: 'long', default: 0 },
    { name: '_tidb_commit_physical_time', type: 'long', default: 0 },
  ];
  const checksum = [
    { name: '_tidb_row_level_checksum', type: 'string', default: '' },
    { name: '_tidb_corrupted', type: 'boolean', default: false },
    { name: '_tidb_checksum_version', type: 'int', default: 0 },
  ];
  return {
    type: 'record',
    name,
    namespace: 'default.shop',
    fields: [
      ...fields,
      ...(options.before ? [{ name: '_ticdc_before', type: ['null', before], default: null }] : []),
      ...(options.extension ? extension : []),
      ...(options.checksum ? checksum : []),
    ],
  };
}

/** Writes changes of one table into a topic as TiCDC does. */
export interface TicdcWriter {
  /** `commitTs` goes into the extension where there is one. `more` overrides what TiCDC adds. */
  put(op: 'c' | 'u' | 'd', row: Row, commitTs?: bigint, more?: Row, partition?: number): Promise<void>;
  /** A classic delete: a key without a value. */
  remove(row: Row, partition?: number): Promise<void>;
}

export async function ticdcWriter(
  topic: TestTopic,
  columns: readonly TicdcColumn[],
  key: readonly string[],
  options: TicdcOptions,
): Promise<TicdcWriter> {
  const keyColumns = key.map((name) => columns.find((column) => column.name === name)!);
  const keySchema = ticdcSchema('t', keyColumns, {});
  const schema = ticdcSchema('t', columns, options);
  const ids = { key: await topic.register('key', keySchema), value: await topic.register('value', schema) };
  const keyBytes = (row: Row) => framed(ids.key, encodeAvro(keySchema, row));
  return {
    put: async (op, row, commitTs = 0n, more = {}, partition = 0) => {
      const time = commitTs >> 18n;
      const added = {
        _ticdc_before: options.before && op === 'd' ? row : null,
        _tidb_op: op,
        _tidb_commit_ts: commitTs,
        _tidb_commit_physical_time: time,
        _tidb_row_level_checksum: '',
        _tidb_corrupted: false,
        _tidb_checksum_version: 0,
      };
      await topic.raw(keyBytes(row), framed(ids.value, encodeAvro(schema, { ...row, ...added, ...more })), partition);
    },
    remove: (row, partition = 0) => topic.raw(keyBytes(row), undefined, partition),
  };
}
