import type { Column, StreamSchema, Target } from '../../connectors/contract/index.ts';

/** A table with one of everything that MySQL can state about a table, as `introspect` gives it. */
export const sample: StreamSchema = {
  stream: { namespace: 'shop', name: 'order`s' },
  columns: [
    { name: 'id', type: { kind: 'integer', bits: 64, unsigned: true }, nullable: false, autoIncrement: true },
    text('name', 40, 'utf8mb4_0900_ai_ci', { default: { kind: 'value', text: "it's \\ here" }, comment: `c'x "q"` }),
    text('code', 20, 'utf8mb4_0900_as_cs'),
    {
      name: 'amount',
      type: { kind: 'decimal', precision: 10, scale: 2, unsigned: false },
      nullable: false,
      default: { kind: 'value', text: '1.50' },
    },
    {
      name: 'made',
      type: { kind: 'timestamp', fsp: 3 },
      nullable: false,
      default: { kind: 'expression', sql: 'CURRENT_TIMESTAMP(3)' },
      onUpdate: 'CURRENT_TIMESTAMP(3)',
    },
    { name: 'flags', type: { kind: 'bit', width: 4 }, nullable: true, default: { kind: 'expression', sql: "b'101'" } },
    {
      name: 'token',
      type: { kind: 'text', length: 36, fixed: true, charset: 'ascii', collation: 'ascii_bin' },
      nullable: true,
      default: { kind: 'expression', sql: 'uuid()' },
    },
    {
      name: 'state',
      type: { kind: 'enum', members: ['new', 'y,z', "it's"], charset: 'utf8mb4', collation: 'utf8mb4_0900_ai_ci' },
      nullable: false,
      default: { kind: 'value', text: 'y,z' },
    },
    {
      name: 'note',
      type: { kind: 'text', bytes: 65535, charset: 'utf8mb4', collation: 'utf8mb4_0900_ai_ci' },
      nullable: true,
      default: { kind: 'expression', sql: "_utf8mb4'none'" },
    },
    { name: 'extra', type: { kind: 'json' }, nullable: true },
    { name: 'secret', type: { kind: 'bytes', length: 9 }, nullable: true, default: { kind: 'expression', sql: '' } },
    {
      name: 'total',
      type: { kind: 'decimal', precision: 12, scale: 2, unsigned: false },
      nullable: true,
      generated: { sql: '`amount` * 2', stored: true },
    },
  ],
  key: ['id'],
  indexes: [
    {
      name: 'by name',
      unique: false,
      kind: 'btree',
      parts: [
        { column: 'name', length: 10 },
        { column: 'made', descending: true },
      ],
    },
    { name: 'by_code', unique: true, kind: 'btree', parts: [{ column: 'code' }] },
    { name: 'lowered', unique: false, kind: 'btree', parts: [{ sql: 'lower(`name`)' }] },
    { name: 'words', unique: false, kind: 'fulltext', parts: [{ column: 'note' }] },
  ],
  checks: [{ name: 'positive', sql: '`amount` >= 0' }],
  comment: "all ord'ers",
  charset: 'utf8mb4',
  collation: 'utf8mb4_0900_ai_ci',
  nextAutoIncrement: '18446744073709551000',
};

/** A target that carries everything. */
export function targetOf(source: StreamSchema, database: string, more: Partial<Target> = {}): Target {
  return {
    source,
    table: { namespace: database, name: source.stream.name },
    read: 'full',
    write: 'upsert',
    adopt: false,
    carry: { indexes: true, checks: true, defaults: true, autoIncrement: true },
    ...more,
  };
}

function text(name: string, length: number, collation: string, more: Partial<Column> = {}): Column {
  return { name, type: { kind: 'text', length, charset: 'utf8mb4', collation }, nullable: true, ...more };
}
