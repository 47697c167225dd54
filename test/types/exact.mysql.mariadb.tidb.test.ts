import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ByteSink,
  loadFormat,
  loadTextEncoder,
  SlabBuilder,
  textRowEncoder,
  valuesDecoder,
} from '../../connectors/avro/index.ts';
import type { Layout, Slab, StreamSchema } from '../../connectors/contract/index.ts';
import { canonicalSql, ddlType, literalSql, loadSql, sameType, targetType } from '../../connectors/types/index.ts';
import { textRow } from '../avro/sample.ts';
import { type ColumnSample, columnSamples, vectorSample } from './column-sample.ts';
import { charset, openSession, readSchema, type Server, type Session, selectList, servers } from './server.ts';

/** The samples that the source has and the target takes in this way. */
function samplesFor(source: Server, target: Server, way: 'load' | 'insert'): [string, ColumnSample][] {
  const vector = vectorSample(source);
  const all = Object.entries({ ...columnSamples, ...(vector === undefined ? {} : { ve: vector }) });
  return all.filter(([, { on, notTo, noLoad }]) => {
    const refused = (source !== target && notTo?.includes(target)) || (way === 'load' && noLoad?.includes(target));
    return (on?.includes(source) ?? true) && !refused;
  });
}

/** A table `s` with a column for each sample, a row for each value, and a row of NULLs. */
async function makeSource(session: Session, samples: [string, ColumnSample][]): Promise<number> {
  const columns = samples.map(([name, { type }]) => `\`${name}\` ${type}`);
  await session.rows(`CREATE TABLE s (id int PRIMARY KEY, ${columns.join(', ')})`);
  const rows = Math.max(...samples.map(([, { values }]) => values.length));
  for (let id = 0; id < rows; id += 1) {
    const values = samples.map(([, { values: all }]) => all[id % all.length]);
    await session.rows(`INSERT INTO s VALUES (${[id, ...values].join(', ')})`);
  }
  await session.rows(`INSERT INTO s (id) VALUES (${rows})`);
  return rows + 1;
}

async function readSlab(session: Session, schema: StreamSchema, layout: Layout): Promise<Slab> {
  const { list, exact } = selectList(schema, session.dialect);
  const encoder = textRowEncoder(schema, layout, { maxRowBytes: 1 << 24, exact });
  const builder = new SlabBuilder();
  for (const row of await session.rows(`SELECT ${list} FROM s ORDER BY id`)) {
    const packet = textRow(row);
    assert.equal(encoder.encode(packet, 0, packet.length, builder), undefined);
  }
  return builder.take();
}

/** Makes table `t` as `ddlType` says. */
async function makeTarget(session: Session, schema: StreamSchema): Promise<void> {
  const declared = schema.columns.map(({ name, type }) => `\`${name}\` ${ddlType(type, session.dialect)} NULL`);
  await session.rows(`CREATE TABLE t (${declared.join(', ')})`);
}

async function loadSlab(session: Session, schema: StreamSchema, slab: Slab, layout: Layout) {
  const { dialect } = session;
  const sink = new ByteSink();
  loadTextEncoder(schema, layout).encode(slab, 0, slab.ends.length, sink);
  const sets: string[] = [];
  const fields = schema.columns.map(({ name, type }, i) => {
    const set = loadSql(`@v${i}`, targetType(type, dialect), dialect);
    if (set === undefined) return `\`${name}\``;
    sets.push(`\`${name}\` = ${set}`);
    return `@v${i}`;
  });
  const sql = `LOAD DATA LOCAL INFILE 'x' INTO TABLE t CHARACTER SET ${charset} ${loadFormat} (${fields.join(', ')})`;
  return session.load(sets.length === 0 ? sql : `${sql} SET ${sets.join(', ')}`, sink.take());
}

/** The values of a table as the server itself shows them, as hex: for one server against itself. */
async function shownRows(session: Session, table: string, schema: StreamSchema): Promise<(string | undefined)[][]> {
  const list = schema.columns.map(({ name, type }) => {
    const column = `\`${name}\``;
    // Without the zeros of ZEROFILL, which is not carried; and all digits of a FLOAT.
    if (type.kind === 'decimal') return `CAST(${column} AS DECIMAL(${type.precision}, ${type.scale}))`;
    return type.kind === 'float' ? `${column} * 1e0` : column;
  });
  const rows = await session.rows(`SELECT ${list.join(', ')} FROM ${table} ORDER BY id`);
  return rows.map((row) => row.map((cell) => cell?.toString('hex')));
}

async function canonicalRows(session: Session, table: string, schema: StreamSchema, peer: Server) {
  const list = schema.columns.map(({ name, type }) => canonicalSql(`\`${name}\``, type, session.dialect, peer));
  const rows = await session.texts(`SELECT ${list.join(', ')} FROM ${table} ORDER BY id`);
  return rows.map((row) => Object.fromEntries(row.map((text, i) => [schema.columns[i]!.name, text])));
}

const pairs: readonly (readonly [Server, Server, Layout])[] = [
  ...servers.map((server) => [server, server, 'text'] as const),
  ['mysql', 'mysql', 'typed'],
  ['mysql', 'tidb', 'text'],
  ['mysql', 'tidb', 'typed'],
  ['mysql', 'mariadb', 'text'],
  ['mariadb', 'mysql', 'text'],
  ['mariadb', 'tidb', 'text'],
  ['tidb', 'mysql', 'text'],
  ['tidb', 'mysql', 'typed'],
  ['tidb', 'mariadb', 'text'],
];

/** Both tables hold the same, and `t` has the types that were asked for. */
async function assertEqual(source: Session, target: Session, schema: StreamSchema, count: number): Promise<void> {
  const sent = await canonicalRows(source, 's', schema, target.dialect);
  const came = await canonicalRows(target, 't', schema, source.dialect);
  assert.equal(sent.length, count);
  assert.deepEqual(came, sent);
  const made = await readSchema(target, 't');
  for (const [i, { name, type }] of schema.columns.entries()) {
    assert.ok(sameType(type, made.columns[i]!.type, target.dialect), `${name}: ${made.columns[i]!.native}`);
  }
  if (source.dialect !== target.dialect) return;
  assert.deepEqual(await shownRows(target, 't', schema), await shownRows(source, 's', schema));
}

for (const [from, to, layout] of pairs) {
  test(`every type arrives exactly by LOAD DATA: ${from} to ${to}, layout ${layout}`, async () => {
    await using source = await openSession(from);
    await using target = await openSession(to);
    const count = await makeSource(source, samplesFor(from, to, 'load'));
    const schema = await readSchema(source, 's');
    const slab = await readSlab(source, schema, layout);
    await makeTarget(target, schema);
    const { info, warnings } = await loadSlab(target, schema, slab, layout);
    assert.deepEqual(warnings, []);
    assert.equal(info, `Records: ${count}  Deleted: 0  Skipped: 0  Warnings: 0`);
    await assertEqual(source, target, schema, count);
  });

  test(`every type arrives exactly by INSERT of literals: ${from} to ${to}, layout ${layout}`, async () => {
    await using source = await openSession(from);
    await using target = await openSession(to);
    const count = await makeSource(source, samplesFor(from, to, 'insert'));
    const schema = await readSchema(source, 's');
    const slab = await readSlab(source, schema, layout);
    await makeTarget(target, schema);
    const decode = valuesDecoder(schema, layout);
    for (let row = 0; row < count; row += 1) {
      const literals = decode(slab, row).map((value, i) => literalSql(value, schema.columns[i]!.type, to));
      await target.rows(`INSERT INTO t VALUES (${literals.join(', ')})`);
      assert.deepEqual(await target.texts('SHOW WARNINGS'), []);
    }
    await assertEqual(source, target, schema, count);
  });
}
