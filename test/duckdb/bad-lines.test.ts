import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { noPositions, type StreamRequest } from '../../connectors/contract/index.ts';
import { csvConnector } from '../../connectors/duckdb/file-connectors.ts';
import { folder, millrace } from '../cli/command-line.ts';
import { fc } from '../random.ts';
import { positionsOf, readAll } from './read.ts';

const request: StreamRequest = { stream: { namespace: '', name: 't' }, mode: 'full' };
/** More than what the types are told from. */
const MANY = 30_000;

function source(path: string) {
  return csvConnector.source!(csvConnector.config.parse({ type: 'csv', path: { t: path } }), { emit: () => undefined });
}

/** Rows 0, 1, ... with other lines at some places. */
function file(path: string, count: number, bad: Readonly<Record<number, string>>): void {
  const lines = Array.from({ length: count }, (_, i) => bad[i] ?? `${i},n${i},"two\nlines"`);
  writeFileSync(path, `id,name,text\n${lines.join('\n')}\n`);
}

const ids = (rows: readonly (readonly unknown[])[]) => rows.map(([id]) => Number(id));

it('lines that are no rows are rejected as they stand, wherever they are, and each once', async () => {
  using dir = folder();
  const path = join(dir.path, 't.csv');
  const bad = { 3: '3,short', 25000: '25000,a,b,c,d,e', 29999: 'x' };
  file(path, MANY, bad);
  await using files = source(path);
  const { rows, rejects } = await readAll(files, [request], noPositions, undefined, 3);
  assert.deepEqual(
    ids(rows),
    Array.from({ length: MANY }, (_, i) => i).filter((i) => !(i in bad)),
  );
  assert.deepEqual(
    rejects.map(({ code, row }) => [code, row]),
    Object.values(bad).map((line) => ['file.malformed', JSON.stringify({ line })]),
  );
  assert.match(rejects[0]!.message, /line 5 of .*t\.csv: .*Columns: 3 Found: 2/);
});

it('a read that is cut anywhere gives every row and every such line once', async () => {
  using dir = folder();
  const path = join(dir.path, 't.csv');
  const bad = { 2000: '2000', 14000: '14000,a,b,c' };
  file(path, 16_000, bad);
  const good = Array.from({ length: 16_000 }, (_, i) => i).filter((i) => !(i in bad));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 }), async (cuts) => {
      let committed = noPositions;
      const seen: number[] = [];
      const lines: string[] = [];
      for (const stop of [...cuts, undefined]) {
        await using files = source(path);
        const part = await readAll(files, [request], committed, stop, 5);
        seen.push(...ids(part.rows));
        lines.push(...part.rejects.map(({ row }) => row));
        if (part.lanes.size > 0) committed = positionsOf(part, 't');
      }
      assert.deepEqual(seen, good);
      assert.deepEqual(
        lines,
        Object.values(bad).map((line) => JSON.stringify({ line })),
      );
    }),
    { numRuns: 12 },
  );
});

it('where it cannot be told how many rows are lost, the read ends', async () => {
  using dir = folder();
  const path = join(dir.path, 't.csv');
  file(path, MANY, { 25000: '25000,"open,x' });
  await using files = source(path);
  await assert.rejects(readAll(files, [request], noPositions, undefined, 9), {
    code: 'file.malformed',
    message: /line 25002 of .*unterminated quote/,
    at: path,
  });
});

it('a run that may reject nothing stops at once, and names line and file', async () => {
  using dir = folder();
  file(join(dir.path, 't.csv'), MANY, { 25000: '25000,short' });
  const told = await millrace(dir.path, ['sync', 'csv:t.csv', 'duckdb:x.duckdb']);
  assert.equal(told.code, 1);
  assert.match(told.err, /error file\.malformed {2}CSV Error on Line: 25002[\s\S]*at +t\.csv/);
});

it('check warns of a broken line among the first, and sync keeps it with the rows', async () => {
  using dir = folder();
  file(join(dir.path, 't.csv'), 10, { 5: '5' });
  writeFileSync(
    join(dir.path, 'millrace.yaml'),
    `name: test
connections:
  files: { type: csv, path: t.csv }
  copy: { type: duckdb, path: copy.duckdb }
pipelines:
  main: { from: files, to: copy, max_rejects: 1, streams: ['*'] }
`,
  );
  const checked = await millrace(dir.path, ['check']);
  assert.match(checked.out, /warn +source +file\.malformed +CSV Error on Line: 7/);
  const told = await millrace(dir.path, ['sync']);
  assert.equal(told.code, 0, told.err);
  assert.match(told.err, /10 rows read: 9 written, 1 rejected/);
  const compared = await millrace(dir.path, ['verify']);
  assert.equal(compared.code, 4, compared.err);
  assert.match(compared.out, /not comparable +t -> main\.t +CSV Error on Line: 7/);
});
