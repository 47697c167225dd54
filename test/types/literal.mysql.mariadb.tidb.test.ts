import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlabBuilder, textRowEncoder, valuesDecoder } from '../../connectors/avro/index.ts';
import { keyset, literalSql } from '../../connectors/types/index.ts';
import { textRow } from '../avro/sample.ts';
import { columnSamples } from './column-sample.ts';
import { openSession, readSchema, type Session, selectList, servers } from './server.ts';

/** Types that paging may use, as keys of a table. */
const keys = [
  'i64',
  'i64u',
  'd65',
  'v',
  'vl',
  'v3',
  'va',
  'vb',
  'c',
  'b4',
  'vb9',
  'da',
  'dap',
  'ti',
  'dt',
  'dtp',
  'y',
] as const;

/** The values of column `k` of table `s` in the server's order, in canonical text. */
async function orderedValues(session: Session) {
  const schema = await readSchema(session, 's');
  const { list, exact } = selectList(schema, session.dialect);
  const encoder = textRowEncoder(schema, 'text', { maxRowBytes: 1 << 20, exact });
  const builder = new SlabBuilder();
  const rows = await session.rows(`SELECT ${list} FROM s ORDER BY k`);
  for (const row of rows) {
    const packet = textRow(row);
    assert.equal(encoder.encode(packet, 0, packet.length, builder), undefined);
  }
  const slab = builder.take();
  const decode = valuesDecoder(schema, 'text');
  return { type: schema.columns[0]!.type, values: rows.map((_, row) => decode(slab, row)[0] ?? null) };
}

for (const server of servers) {
  test(`a literal finds its row, and what comes after it, by the index: ${server}`, async () => {
    await using session = await openSession(server);
    for (const name of keys) {
      const { type: declared, values: expressions } = columnSamples[name]!;
      await session.rows(`CREATE TABLE s (k ${declared} PRIMARY KEY)`);
      for (const expression of expressions) await session.rows(`INSERT IGNORE INTO s VALUES (${expression})`);
      const { type, values } = await orderedValues(session);
      assert.ok(keyset(type) && values.length > 1, name);
      for (const [i, value] of values.entries()) {
        const literal = literalSql(value, type, server);
        const counts = await session.texts(
          `SELECT SUM(k = ${literal}), SUM(k > ${literal}), SUM(k < ${literal}) FROM s`,
        );
        assert.deepEqual(counts, [['1', String(values.length - 1 - i), String(i)]], `${name} ${literal}`);
      }
      await session.rows('DROP TABLE s');
    }
  });

  test(`a literal uses the index of a text column in any charset: ${server}`, async () => {
    await using session = await openSession(server);
    // TiDB takes a literal for a gbk column only in a form that its indexes do not serve; such columns are no keys for paging.
    const gbk = server === 'tidb' ? [] : ['gbk'];
    for (const charset of ['utf8mb4', 'utf8mb3', 'latin1', ...gbk]) {
      await session.rows(`CREATE TABLE s (k varchar(20) CHARACTER SET ${charset} PRIMARY KEY, d int)`);
      await session.rows(`INSERT INTO s VALUES ${Array.from({ length: 300 }, (_, i) => `('k${i}', 1)`).join(',')}`);
      const { columns } = await readSchema(session, 's');
      const plan = await session.texts(
        `EXPLAIN SELECT * FROM s WHERE k > ${literalSql('k99', columns[0]!.type, server)}`,
      );
      assert.match(JSON.stringify(plan), /range/i, charset);
      await session.rows('DROP TABLE s');
    }
  });
}
