import { test } from 'node:test';
import avro from 'avsc';
import { avroSchema, keySchema } from '../../connectors/avro/index.ts';
import type { ColumnType, StreamSchema } from '../../connectors/contract/index.ts';
import { parseType } from '../../connectors/types/index.ts';
import { matchesGolden } from '../golden.ts';

function equalsGolden(name: string, value: object): void {
  matchesGolden(`avro/${name}`, `${JSON.stringify(value, null, 2)}\n`);
}

const type = (columnType: string): ColumnType =>
  parseType(
    { dataType: columnType.replace(/\W.*$/, ''), columnType, charset: 'utf8mb4', collation: 'utf8mb4_bin' },
    'tidb',
  );
const value = (text: string) => ({ kind: 'value', text }) as const;

const orders: StreamSchema = {
  stream: { namespace: 'shop-1', name: '2 orders' },
  columns: [
    { name: 'id', type: type('bigint unsigned'), nullable: false, native: 'bigint(20) unsigned', autoIncrement: true },
    { name: 'line no', type: type('int'), nullable: false },
    { name: 'line_no', type: type('smallint unsigned'), nullable: true, default: value('7') },
    { name: 'größe', type: type('decimal(10,2)'), nullable: true, default: value('1.50') },
    { name: 'state', type: type("enum('new','a,b')"), nullable: false, default: value('new') },
    { name: 'note', type: type('varchar(20)'), nullable: true, default: value('') },
    {
      name: 'made',
      type: type('datetime(6)'),
      nullable: true,
      default: { kind: 'expression', sql: 'CURRENT_TIMESTAMP(6)' },
    },
    { name: 'flags', type: type('bit(12)'), nullable: true },
    { name: 'weight', type: type('float'), nullable: true, default: value('0.5') },
    { name: 'total', type: type('double'), nullable: true, generated: { sql: 'weight * 2', stored: false } },
    { name: 'blob', type: type('blob'), nullable: true },
    { name: 'doc', type: type('json'), nullable: true },
    { name: 'place', type: type('vector(3)'), nullable: true },
    { name: 'since', type: type('year'), nullable: true, default: value('0000') },
  ],
  key: ['line no', 'id'],
  indexes: [{ name: 'by_state', unique: false, kind: 'btree', parts: [{ column: 'state' }] }],
  comment: 'orders',
  nextAutoIncrement: '17',
  rows: 3,
};

for (const layout of ['text', 'typed'] as const) {
  test(`the record and key schemas are as on record, layout ${layout}`, () => {
    equalsGolden(`orders.${layout}.json`, avroSchema(orders, layout));
    equalsGolden(`orders.${layout}.key.json`, keySchema(orders, layout));
    avro.Type.forSchema(avroSchema(orders, layout) as avro.Schema);
    avro.Type.forSchema(keySchema(orders, layout) as avro.Schema);
  });
}
