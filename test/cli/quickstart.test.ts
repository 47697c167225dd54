import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { RunFinished } from '../../connectors/contract/index.ts';
import type { ModelsFinished } from '../../transforms/run/event.ts';
import { folder, millrace } from './command-line.ts';

describe('quickstart', () => {
  it('syncs files into DuckDB, changed rows alone the second time, verifies, and builds models on them', async () => {
    using home = folder();
    const started = performance.now();
    const { code, out, err } = await millrace(home.path, ['quickstart', 'first', '--json']);
    assert.equal(code, 0, err + out);
    assert.ok(performance.now() - started < 15_000, 'below 15 s');
    const { result } = JSON.parse(out) as {
      result: {
        folder: string;
        runs: RunFinished[];
        verify: { equal: boolean }[];
        build: ModelsFinished;
        customer_totals: { columns: string[]; rows: string[][] };
        next: string[];
      };
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
    assert.deepEqual([result.build.status, result.build.counts], ['ok', { success: 2, pass: 6 }]);
    assert.deepEqual(result.customer_totals.columns, ['customer_id', 'name', 'city', 'orders', 'ordered', 'paid']);
    // The sums of the files by hand: four orders, three of them paid for.
    assert.deepEqual(result.customer_totals.rows[0], ['6', 'José Ñandú', 'Asunción', '4', '276625.6265', '2240.24']);
    assert.equal(result.customer_totals.rows.length, 5);
  });

  it('builds in its own project, whatever variables of dbt say', async () => {
    using home = folder();
    const env = { DBT_PROFILES_DIR: '/nowhere', DBT_PROFILE: 'other', DBT_TARGET: 'prod', DBT_PROJECT_DIR: '/nowhere' };
    const { code, out, err } = await millrace(home.path, ['quickstart', 'own', '--json'], env);
    assert.equal(code, 0, err + out);
  });

  it('tells what it did and what to do next, and leaves a project to go on with', async () => {
    using home = folder();
    const { code, err } = await millrace(home.path, ['quickstart', 'q']);
    assert.equal(code, 0, err);
    assert.match(
      err,
      /1\. A project[\s\S]*2\. Sync[\s\S]*4\. Sync again[\s\S]*5\. Verify[\s\S]*6\. Build[\s\S]*José Ñandú[\s\S]*3 of 3 tables equal, 2 models built, 6 tests passed[\s\S]*Next:\n( {2}.+\n){5}$/,
    );
    const project = join(home.path, 'q');
    assert.equal((await millrace(project, ['check'])).code, 0);
    assert.equal((await millrace(project, ['build', '--select', 'paid_orders+'])).code, 0);
    const preview = await millrace(project, ['preview', 'customers', 'files', '-n', '2', '--json']);
    const { result } = JSON.parse(preview.out) as { result: { columns: string[]; rows: string[][] } };
    assert.deepEqual(result.rows[0]?.slice(0, 4), ['1', 'Zoë Müller', 'Bonn', '0447712782']);
    const again = await millrace(home.path, ['quickstart', 'q']);
    assert.equal(again.code, 2);
    assert.match(again.err, /is not empty/);
  });
});
