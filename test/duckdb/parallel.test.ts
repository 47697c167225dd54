import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type StreamSchema, streamText } from '../../connectors/contract/index.ts';
import { DuckFile } from '../../connectors/duckdb/file.ts';
import { ask, batch, destination, folder, load, memory, target } from './fixture.ts';

const schemaOf = (name: string): StreamSchema => ({
  stream: { namespace: 'p', name },
  columns: [
    { name: 'id', type: { kind: 'integer', bits: 64, unsigned: false }, nullable: false },
    { name: 'v', type: { kind: 'text' }, nullable: true },
  ],
  key: ['id'],
});
const rows = (schema: StreamSchema, from: number, count: number) =>
  batch(
    schema,
    Array.from({ length: count }, (_, i) => [String(from + i), `row ${from + i}`]),
  );

for (const write of ['append', 'upsert'] as const) {
  test(`lanes write and commit side by side into one table by ${write}`, async () => {
    using dir = folder();
    const path = `${dir.path}/t.duckdb`;
    await using to = destination(path);
    const schema = schemaOf('t');
    const where = target(schema, write);
    await to.apply(await to.plan(where, undefined));
    const lane = async (n: number) => {
      const { writer } = await to.open(`lane/${n}`, [where], 'source', () => undefined);
      for (let part = 0; part < 4; part++) {
        await writer.write(rows(schema, n * 100_000 + part * 5000, 5000));
        await writer.commit(String(part), part === 3);
      }
      await writer.close();
    };
    await Promise.all([0, 1, 2, 3].map(lane));
    assert.deepEqual(await ask(path, 'SELECT count(*), count(DISTINCT id) FROM p.t'), [['80000', '80000']]);
    const { lanes } = await to.positions();
    assert.deepEqual(
      [...lanes.values()].map(({ ended, counts }) => [ended, counts.written]),
      Array(4).fill([true, 20_000]),
    );
  });
}

test('tables are made and changed while lanes of other streams are open', async () => {
  const path = memory();
  await using to = destination(path);
  const one = schemaOf('one');
  const where = target(one, 'append');
  await to.apply(await to.plan(where, undefined));
  const { writer } = await to.open('one', [where], 'source', () => undefined);
  await writer.write(rows(one, 0, 5000));
  const two = schemaOf('two');
  await load(to, target(two, 'append'), [rows(two, 0, 10)], { lane: 'two' });
  const wider = {
    ...two,
    columns: [...two.columns, { name: 'more', type: { kind: 'date' } as const, nullable: true }],
  };
  await to.apply(await to.plan(target(wider, 'append'), undefined));
  await writer.commit('1', true);
  await writer.close();
  assert.deepEqual(await ask(path, 'SELECT count(*) FROM p.one'), [['5000']]);
});

test('a lane whose table was changed under it is told to try again', async () => {
  const path = memory();
  await using to = destination(path);
  const one = schemaOf('one');
  const where = target(one, 'append');
  await to.apply(await to.plan(where, undefined));
  const { writer } = await to.open('one', [where], 'source', () => undefined);
  await writer.write(rows(one, 0, 100));
  const wider = {
    ...one,
    columns: [...one.columns, { name: 'more', type: { kind: 'date' } as const, nullable: true }],
  };
  await to.apply(await to.plan(target(wider, 'append'), undefined));
  await assert.rejects(writer.commit('1', true), { code: 'database.conflict', retry: 'backoff' });
  await writer.abort();
  assert.deepEqual(await ask(path, 'SELECT count(*) FROM p.one'), [['0']]);
  assert.equal((await to.positions()).lanes.size, 0);
});

test('readers see the old table or the new one, never none, while it is swapped', async () => {
  const path = memory();
  await using to = destination(path);
  const schema = schemaOf('swapped');
  const where = target(schema, 'overwrite');
  const build = async (generation: number) => {
    await load(to, where, [rows(schema, generation * 1000, 1000)], {
      generation,
      lane: `full/${generation}/${streamText(schema.stream)}/0`,
    });
    await to.finish(where, generation);
  };
  await build(1);
  await using file = new DuckFile({ path, access: 'write', memory: '256MB' }, 'source');
  await using session = await file.session();
  let reading = true;
  const counts = new Set<string>();
  const reader = (async () => {
    while (reading) {
      const [[count, spread]] = (await session.rows(
        'SELECT count(*)::VARCHAR, (max(id) - min(id))::VARCHAR FROM p.swapped',
      )) as [[string, string]];
      counts.add(`${count} ${spread}`);
    }
  })();
  for (let generation = 2; generation < 12; generation++) await build(generation);
  reading = false;
  await reader;
  assert.deepEqual([...counts], ['1000 999']);
});
