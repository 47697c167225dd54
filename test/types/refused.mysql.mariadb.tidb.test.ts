import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteSink, loadFormat, loadTextEncoder, SlabBuilder, textRowEncoder } from '../../connectors/avro/index.ts';
import { ddlType, loadSql, selectSql, targetType } from '../../connectors/types/index.ts';
import { textRow } from '../avro/sample.ts';
import { charset, openSession, readSchema, type Server, type Session, selectList, servers } from './server.ts';

/** What becomes of each row of table `s`, read as a source reads it: its code with the value's bytes where its text does not show them, or `sent`. */
async function outcomes(session: Session): Promise<(string | undefined)[]> {
  const schema = await readSchema(session, 's');
  const { list, exact } = selectList(schema, session.dialect);
  const encoder = textRowEncoder(schema, 'text', { maxRowBytes: 1 << 20, exact });
  const builder = new SlabBuilder();
  return (await session.rows(`SELECT ${list} FROM s ORDER BY id`)).map((row) => {
    const packet = textRow(row);
    const problem = encoder.encode(packet, 0, packet.length, builder);
    if (problem === undefined) return 'sent';
    return problem.bytes === undefined ? problem.code : `${problem.code} ${problem.bytes}`;
  });
}

const lenient = (session: Session) => session.rows("SET sql_mode=''");

for (const server of ['mysql', 'mariadb'] as const) {
  test(`bytes without a character in Unicode are rejected: ${server}`, async () => {
    await using session = await openSession(server);
    await session.rows(
      "CREATE TABLE s (id int PRIMARY KEY, g varchar(9) CHARACTER SET gbk, r text CHARACTER SET cp1251, e enum('x') CHARACTER SET gbk)",
    );
    await session.rows(
      "INSERT INTO s VALUES (1, '中', 'я', 'x'), (2, _gbk x'A2A0', 'я', 'x'), (3, NULL, _cp1251 x'98', 'x'), (4, NULL, NULL, NULL)",
    );
    assert.deepEqual(await outcomes(session), ['sent', 'value.inexact a2a0', 'value.inexact 98', 'sent']);
  });

  test(`a lone surrogate is rejected: ${server}`, async () => {
    await using session = await openSession(server);
    await session.rows('CREATE TABLE s (id int PRIMARY KEY, u varchar(9) CHARACTER SET ucs2)');
    await session.rows("INSERT INTO s VALUES (1, 'é'), (2, _ucs2 x'D800')");
    assert.deepEqual(await outcomes(session), ['sent', 'value.malformed']);
  });
}

for (const server of ['mysql', 'mariadb'] as const) {
  test(`a geometry is taken as bytes or as text, or rejected: ${server}`, async () => {
    await using session = await openSession(server);
    await session.rows('CREATE TABLE s (id int PRIMARY KEY, p point)');
    const points = ["ST_GeomFromText('POINT(0.1 2)')", "ST_GeomFromText('POINT(0.1 2)', 4326)", 'NULL'];
    await session.rows(`INSERT INTO s VALUES ${points.map((point, id) => `(${id}, ${point})`).join(', ')}`);
    const { value: bytes } = selectSql('p', { kind: 'unknown', as: 'bytes' }, server);
    assert.deepEqual(await session.texts(`SELECT HEX(${bytes}) <=> HEX(p) FROM s`), [['1'], ['1'], ['1']]);
    const { value, exact } = selectSql('p', { kind: 'unknown', as: 'text' }, server);
    const rows = await session.texts(`SELECT ${value}, ${exact} FROM s ORDER BY id`);
    assert.deepEqual([rows[0], rows[1]?.[1], rows[2]], [['POINT(0.1 2)', '1'], '0', [null, '1']]);
  });
}

test('bytes in a latin1 column of TiDB that are not UTF-8 are rejected', async () => {
  await using session = await openSession('tidb');
  await session.rows('CREATE TABLE s (id int PRIMARY KEY, l varchar(9) CHARACTER SET latin1)');
  await session.rows("INSERT INTO s VALUES (1, 'é'), (2, x'E9')");
  assert.deepEqual(await outcomes(session), ['sent', 'value.malformed']);
});

for (const server of servers) {
  test(`an empty text that may mean two values is rejected: ${server}`, async () => {
    await using session = await openSession(server);
    await session.rows("CREATE TABLE s (id int PRIMARY KEY, e enum('a',''), t set('a','','b'))");
    await lenient(session);
    await session.rows("INSERT INTO s VALUES (1, 'a', 'a,b'), (2, '', ''), (3, 0, 'a'), (4, NULL, NULL), (5, 'a', 2)");
    assert.deepEqual(await outcomes(session), ['sent', 'sent', 'value.inexact', 'sent', 'value.inexact']);
  });
}

/** Loads lines into a column of table `t` and returns the warnings, or the error's number. */
async function loadLines(session: Session, server: Server, column: string, text: Buffer): Promise<string[]> {
  await session.rows(`CREATE TABLE t (c ${column})`);
  const { columns } = await readSchema(session, 't');
  const set = loadSql('@v', columns[0]!.type, server);
  const into = set === undefined ? '(c)' : `(@v) SET c = ${set}`;
  const sql = `LOAD DATA LOCAL INFILE 'x' INTO TABLE t CHARACTER SET ${charset} ${loadFormat} ${into}`;
  try {
    return (await session.load(sql, text)).warnings;
  } catch (thrown) {
    return [String(thrown)];
  }
}

for (const server of servers) {
  // TiDB keeps any bytes in latin1: they arrive as they were.
  const latin1 = server === 'tidb' ? [] : ['varchar(9) CHARACTER SET latin1'];
  for (const column of ['varchar(9)', ...latin1, 'varchar(9) CHARACTER SET gbk', 'json', "enum('a')"]) {
    test(`text that is not UTF-8 does not load without a warning: ${server}, ${column}`, async () => {
      await using session = await openSession(server);
      const warnings = await loadLines(session, server, column, Buffer.from('\xc3\x28\n', 'latin1'));
      assert.notDeepEqual(warnings, []);
    });
  }

  test(`an empty line is an empty text: ${server}`, async () => {
    await using session = await openSession(server);
    assert.deepEqual(await loadLines(session, server, 'varchar(9)', Buffer.from('\na\n\n')), []);
    assert.deepEqual(await session.texts("SELECT COUNT(*), SUM(c = '') FROM t"), [['3', '2']]);
  });

  test(`NaN does not load without a warning: ${server}`, async () => {
    await using session = await openSession(server);
    const schema = {
      stream: { namespace: '', name: 'n' },
      columns: [{ name: 'n', type: { kind: 'float', bits: 64, unsigned: false }, nullable: false }],
    } as const;
    const builder = new SlabBuilder();
    textRowEncoder(schema, 'text', { maxRowBytes: 99, exact: [] }).encode(textRow(['nan']), 0, 4, builder);
    const sink = new ByteSink();
    loadTextEncoder(schema, 'text').encode(builder.take(), 0, 1, sink);
    assert.notDeepEqual(await loadLines(session, server, 'double', Buffer.from(sink.take())), []);
  });
}

test('TiDB keeps every character of gbk that MySQL can send', async () => {
  await using mysql = await openSession('mysql');
  await using tidb = await openSession('tidb');
  const codes = Array.from({ length: 0x7e * 0xbf }, (_, i) => (0x81 + Math.floor(i / 0xbf)) * 256 + 0x40 + (i % 0xbf));
  await mysql.rows('CREATE TABLE s (id int PRIMARY KEY, g varchar(2) CHARACTER SET gbk)');
  for (let at = 0; at < codes.length; at += 2000) {
    const rows = codes.slice(at, at + 2000).filter((code) => code % 256 !== 0x7f);
    await mysql.rows(`INSERT INTO s VALUES ${rows.map((code) => `(${code}, _gbk x'${code.toString(16)}')`).join(',')}`);
  }
  const schema = await readSchema(mysql, 's');
  const { list, exact } = selectList(schema, 'mysql');
  const encoder = textRowEncoder(schema, 'text', { maxRowBytes: 99, exact });
  const builder = new SlabBuilder();
  for (const row of await mysql.rows(`SELECT ${list} FROM s ORDER BY id`)) {
    const packet = textRow(row);
    encoder.encode(packet, 0, packet.length, builder);
  }
  const slab = builder.take();
  assert.ok(slab.ends.length > 21000);
  const declared = schema.columns.map(({ name, type }) => `${name} ${ddlType(type, 'tidb')}`).join(', ');
  await tidb.rows(`CREATE TABLE t (${declared})`);
  const sink = new ByteSink();
  loadTextEncoder(schema, 'text').encode(slab, 0, slab.ends.length, sink);
  assert.equal(loadSql('@v', targetType(schema.columns[1]!.type, 'tidb'), 'tidb'), undefined);
  const { info } = await tidb.load(
    `LOAD DATA LOCAL INFILE 'x' INTO TABLE t CHARACTER SET ${charset} ${loadFormat}`,
    sink.take(),
  );
  assert.equal(info, `Records: ${slab.ends.length}  Deleted: 0  Skipped: 0  Warnings: 0`);
  assert.deepEqual(await tidb.texts('SELECT COUNT(*) FROM t WHERE HEX(g) <> HEX(id)'), [['0']]);
});
