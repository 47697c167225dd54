import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { RunFinished } from '../../connectors/contract/index.ts';
import { folder, millrace } from './command-line.ts';

describe('quickstart', () => {
  it('syncs files into DuckDB, changed rows alone the second time, and verifies', async () => {
    using home = folder();
    const started = performance.now();
    const { code, out, err } = await millrace(home.path, ['quickstart', 'first', '--json']);
    assert.equal(code, 0, err + out);
    assert.ok(performance.now() - started < 15_000, 'below 15 s');
    const { result } = JSON.parse(out) as {
      result: { folder: string; runs: RunFinished[]; verify: { equal: boolean }[]; next: string[] };
    };
    assert.equal(result.folder, join(home.path, 'first'));
    assert.deepEqual(
      result.runs.map(({ pipeline, status }) => `${pipeline} ${status}`),
      ['shop ok', 'payments ok', 'shop ok', 'payments ok'],
    );
    assert.equal(result.runs[0]?.counts.written, 52);
    assert.ok(result.runs[2]!.counts.written < 20, 'changed rows, not all');
    assert.deepEqual(
      result.verify.map(({ equal }) => equal),
      [true, true],
    );
    assert.ok(readdirSync(result.folder).includes('warehouse.duckdb'));
  });

  it('tells what it did and what to do next, and leaves a project to go on with', async () => {
    using home = folder();
    const { code, err } = await millrace(home.path, ['quickstart', 'q']);
    assert.equal(code, 0, err);
    assert.match(
      err,
      /1\. A project[\s\S]*2\. Sync[\s\S]*4\. Sync again[\s\S]*5\. Verify[\s\S]*3 of 3 tables equal[\s\S]*Next:\n( {2}.+\n){4}$/,
    );
    const project = join(home.path, 'q');
    assert.equal((await millrace(project, ['check'])).code, 0);
    const preview = await millrace(project, ['preview', 'customers', 'files', '-n', '2', '--json']);
    const { result } = JSON.parse(preview.out) as { result: { columns: string[]; rows: string[][] } };
    assert.deepEqual(result.rows[0]?.slice(0, 4), ['1', 'Zoë Müller', 'Bonn', '0447712782']);
    const again = await millrace(home.path, ['quickstart', 'q']);
    assert.equal(again.code, 2);
    assert.match(again.err, /is not empty/);
  });
});
