import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { askArtifact, askBuild, type DbtBuild } from '../../transforms/project/oracle.ts';
import { filesOf, SHOP } from '../../transforms/project/shop.ts';
import { folder, millrace } from '../command-line.ts';
import { without, withoutDigits } from './read-table.ts';
import { copyShop, readDbt, readFileTables } from './shop.ts';

const BUILD = ['build'];
let theirs: DbtBuild;

before(async () => {
  const commands = [['seed'], ['build']];
  theirs = await askBuild({ files: filesOf(SHOP), commands, database: 'corner_shop.duckdb' });
  assert.deepEqual(theirs.exits, [true, true]);
});

test('a dbt project builds as it is, and every table holds what dbt makes of it', async () => {
  using own = folder();
  copyShop(own.path);
  for (const words of [['seed'], BUILD]) {
    const told = await millrace(own.path, words);
    assert.equal(told.code, 0, told.err);
  }
  const tables = await readFileTables(join(own.path, 'corner_shop.duckdb'));
  const moving = ['dbt_scd_id', 'dbt_updated_at', 'dbt_valid_from'];
  const still = (all: typeof tables) => withoutDigits(without(all, { 'shop_history.order_states': moving }));
  assert.deepEqual(still(tables), still(readDbt(theirs)));

  const results = JSON.parse(readFileSync(join(own.path, 'target/run_results.json'), 'utf8'));
  assert.deepEqual(await askArtifact('run_results', results), { core: null, parser: null });
  assert.deepEqual(statuses(results.results), statuses(theirs.results[1]!.results));
});

test('built again, an incremental model takes what is new, and nothing else changes', async () => {
  using own = folder();
  copyShop(own.path);
  const path = join(own.path, 'corner_shop.duckdb');
  for (const words of [['seed'], BUILD]) assert.equal((await millrace(own.path, words)).code, 0);
  const first = await readFileTables(path);
  assert.equal((await millrace(own.path, BUILD)).code, 0);
  assert.deepEqual(await readFileTables(path), first);
});

/** dbt lists exposures, which do nothing, with `no-op`. */
function statuses(results: readonly Readonly<Record<string, unknown>>[]): string[] {
  const run = results.filter(({ status }) => status !== 'no-op');
  return run.map(({ unique_id, status, failures }) => `${unique_id} ${status} ${failures}`).sort();
}
