import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ByteSink,
  loadFormat,
  loadTextEncoder,
  SlabBuilder,
  textRowEncoder,
  valuesDecoder,
  valuesEncoder,
} from '../../connectors/avro/index.ts';
import type { Column, StreamSchema } from '../../connectors/contract/index.ts';
import { ddlType, loadSql, targetType, type Value } from '../../connectors/types/index.ts';
import { samples, textRow } from '../avro/sample.ts';
import { fc, seed } from '../random.ts';
import { charset, openSession, selectList, servers } from './server.ts';

/** Types whose random values every server takes as they are. */
const names = [
  'int8',
  'int24u',
  'int64',
  'int64u',
  'decimal_5_5',
  'decimal_18_4',
  'decimal_38_10',
  'decimal_65_30',
  'float',
  'double',
  'varchar',
  'blob',
  'bit64',
];
const chosen = samples.filter(({ name }) => names.includes(name));
const charset4 = { charset: 'utf8mb4', collation: 'utf8mb4_bin' };
const schema: StreamSchema = {
  stream: { namespace: '', name: 't' },
  columns: [
    { name: 'id', type: { kind: 'integer', bits: 32, unsigned: false }, nullable: false },
    ...chosen.map(
      ({ name, type }): Column => ({
        name: `c_${name}`,
        type: type.kind === 'text' ? { ...type, ...charset4 } : type,
        nullable: true,
      }),
    ),
  ],
};

/** MariaDB and TiDB have no -0. */
const withoutMinusZero = (value: Value) => (value === '-0' ? '0' : value);

for (const server of servers) {
  test(`random values come back from a table as they were: ${server}, seed ${seed}`, async () => {
    await using session = await openSession(server);
    const row = fc.tuple(...chosen.map(({ value }): fc.Arbitrary<Value> => fc.option(value)));
    const rows = fc.sample(row, { numRuns: 600, seed }).map((values, id): Value[] => [String(id), ...values]);
    const builder = new SlabBuilder();
    const encode = valuesEncoder(schema, 'text');
    for (const values of rows) encode(values, builder);
    const sent = builder.take();
    const sink = new ByteSink();
    loadTextEncoder(schema, 'text').encode(sent, 0, rows.length, sink);
    await session.rows(
      `CREATE TABLE t (${schema.columns.map(({ name, type }) => `${name} ${ddlType(type, server)}`).join(', ')})`,
    );
    const sets = schema.columns.map(({ name, type }) => ({
      name,
      set: loadSql(`@${name}`, targetType(type, server), server),
    }));
    const fields = sets.map(({ name, set }) => (set === undefined ? name : `@${name}`)).join(', ');
    const converted = sets.flatMap(({ name, set }) => (set === undefined ? [] : [`${name} = ${set}`])).join(', ');
    const sql = `LOAD DATA LOCAL INFILE 'x' INTO TABLE t CHARACTER SET ${charset} ${loadFormat} (${fields}) SET ${converted}`;
    const { info, warnings } = await session.load(sql, sink.take());
    assert.deepEqual(warnings, []);
    assert.equal(info, `Records: ${rows.length}  Deleted: 0  Skipped: 0  Warnings: 0`);

    const { list, exact } = selectList(schema, server);
    const encoder = textRowEncoder(schema, 'text', { maxRowBytes: 1 << 20, exact });
    for (const read of await session.rows(`SELECT ${list} FROM t ORDER BY id`)) {
      const packet = textRow(read);
      assert.equal(encoder.encode(packet, 0, packet.length, builder), undefined);
    }
    const came = builder.take();
    const decode = valuesDecoder(schema, 'text');
    for (const id of rows.keys()) {
      assert.deepEqual(decode(came, id).map(withoutMinusZero), decode(sent, id).map(withoutMinusZero));
    }
  });
}
