import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { canonical } from '../../transforms/project/json.ts';
import { askDbt, type DbtAnswer } from '../transforms/project/oracle.ts';
import { filesOf, SHOP } from '../transforms/project/shop.ts';
import { folder, millrace } from './command-line.ts';

const LISTS: readonly (readonly string[])[] = [
  [],
  ['--output', 'name'],
  ['--output', 'path', '--resource-type', 'model', 'test'],
  ['--select', '+orders', 'tag:nightly,path:models/marts', '--exclude', 'tag:raw'],
  ['--selector', 'nightly'],
  ['--select', 'stg_orders+1', '--indirect-selection', 'cautious'],
  ['--resource-type', 'all'],
  ['--vars', '{currency: JPY}', '--select', 'config.materialized:incremental'],
];
const JSON_LIST = ['--output', 'json'];

const home = folder();
const shop = join(home.path, 'shop');
let dbt: DbtAnswer;

before(async () => {
  cpSync(SHOP, shop, { recursive: true });
  dbt = await askDbt({ files: filesOf(SHOP), commands: [], lists: [...LISTS, JSON_LIST] });
  assert.equal(dbt.error, undefined);
});
after(() => home[Symbol.dispose]());

describe('list', () => {
  test('prints the lines that dbt ls prints, in its order', async () => {
    for (const [index, words] of LISTS.entries()) {
      const { out, code, err } = await millrace(shop, ['ls', ...words]);
      assert.equal(code, 0, err);
      assert.deepEqual(out.split('\n').filter(Boolean), dbt.lists[index], words.join(' '));
    }
  });

  test('prints the objects that dbt ls prints', async () => {
    const { out } = await millrace(shop, ['list', ...JSON_LIST]);
    const [ours, theirs] = [out.split('\n').filter(Boolean), dbt.lists.at(-1)!];
    assert.equal(ours.length, theirs.length);
    for (const [index, line] of theirs.entries()) assert.equal(comparable(ours[index]!), comparable(line));
  });

  test('a selection of nothing is no error, an unknown method is one', async () => {
    const none = await millrace(shop, ['ls', '--select', 'not_there']);
    assert.deepEqual([none.code, none.out.trim()], [0, '']);
    assert.match(none.err, /nothing is selected: not_there/);
    const wrong = await millrace(shop, ['ls', '--select', 'colour:red']);
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /select\.invalid/);
  });
});

/** Without the macros that dbt and millrace bring themselves, and with tags in order. */
function comparable(line: string): string {
  const node = JSON.parse(line) as {
    tags?: string[];
    config?: { tags?: string[] };
    depends_on?: { nodes?: string[]; macros?: string[] };
  };
  node.tags?.sort();
  if (node.config?.tags !== undefined) node.config.tags = [...new Set(node.config.tags)].sort();
  node.depends_on?.nodes?.sort();
  if (node.depends_on?.macros !== undefined)
    node.depends_on.macros = node.depends_on.macros.filter((id) => !id.startsWith('macro.dbt'));
  return canonical(node);
}

describe('compile', () => {
  test('writes files and a manifest that holds what was compiled; what is selected goes to stdout', async () => {
    const { code, out, err } = await millrace(shop, ['compile', '--select', 'orders', '--target-path', 'made']);
    assert.equal(code, 0, err);
    assert.match(out, /-- model\.corner_shop\.orders\n[\s\S]*with __dbt__cte__int_order_totals as \(/);
    const file = readFileSync(join(shop, 'made/compiled/corner_shop/models/marts/orders.sql'), 'utf8');
    const manifest = JSON.parse(readFileSync(join(shop, 'made/manifest.json'), 'utf8'));
    const node = manifest.nodes['model.corner_shop.orders'];
    assert.deepEqual(
      [node.compiled_code, node.compiled_path],
      [file, 'made/compiled/corner_shop/models/marts/orders.sql'],
    );
    assert.deepEqual(
      node.extra_ctes.map(({ id }: { id: string }) => id),
      ['model.corner_shop.int_order_totals'],
    );
    assert.equal(manifest.nodes['model.corner_shop.prices'].compiled_code, undefined);
  });

  test('without asking the database, only what asks it fails, with its place', async () => {
    const { code, err, out } = await millrace(shop, ['compile', '--no-introspect', '--json']);
    assert.equal(code, 1, err);
    const { result } = JSON.parse(out) as { result: { unique_id: string; error: { at: string } | null }[] };
    const failed = result.filter(({ error }) => error !== null);
    assert.deepEqual(
      failed.map(({ unique_id }) => unique_id),
      ['model.corner_shop.orders'],
    );
    assert.match(failed[0]!.error!.at, /models\/marts\/orders\.sql:17$/);
    assert.match(err, /model\.template[\s\S]*in the macro is_incremental/);
  });

  test('problems of a project are all told before anything is done, with exit code 2', async () => {
    const broken = join(home.path, 'broken');
    cpSync(SHOP, broken, { recursive: true });
    writeFileSync(join(broken, 'models/one.sql'), "select * from {{ ref('nowhere') }}");
    writeFileSync(join(broken, 'models/two.sql'), '\n\n{% if %}');
    const { code, err } = await millrace(broken, ['compile']);
    assert.equal(code, 2);
    assert.match(err, /ref\('nowhere'\)/);
    assert.match(err, /models\/two\.sql:3/);
    assert.equal(existsSync(join(broken, 'target')), false);
  });
});

test('parse writes the manifest alone', async () => {
  const { code, err } = await millrace(shop, ['parse', '--target-path', 'parsed']);
  assert.equal(code, 0, err);
  assert.ok(existsSync(join(shop, 'parsed/manifest.json')));
  assert.equal(existsSync(join(shop, 'parsed/compiled')), false);
});

test('debug says where things were found, and whether the target answers', async () => {
  const good = await millrace(join(shop, 'models'), ['debug', '--target', 'dev']);
  assert.equal(good.code, 0, good.err);
  assert.match(good.out, /profile +corner_shop in .*profiles\.yml\ntarget +dev, duckdb/);
  const bad = await millrace(shop, ['debug'], { CORNER_SHOP_FILE: 'not/there/shop.duckdb' });
  assert.equal(bad.code, 1, bad.err);
  const none = await millrace(shop, ['debug', '--target', 'moon']);
  assert.equal(none.code, 2);
  assert.match(none.err, /project\.profile/);
});

test('debug does not wait for a host that nobody has as long as a run waits for a cluster to wake', async () => {
  const env = { MYSQL_HOST: '192.0.2.1' };
  const from = performance.now();
  const { code, err } = await millrace(shop, ['debug', '--target', 'mysql'], env);
  assert.equal(code, 1, err);
  assert.match(err, /connect\.unreachable/);
  // A run waits for 120.
  assert.ok(performance.now() - from < 80_000);
});

test('clean removes what is named, and refuses what is not made by runs', async () => {
  mkdirSync(join(shop, 'target/x'), { recursive: true });
  const { code, err } = await millrace(shop, ['clean']);
  assert.equal(code, 0, err);
  assert.equal(existsSync(join(shop, 'target')), false);
  const file = join(shop, 'dbt_project.yml');
  const written = readFileSync(file, 'utf8');
  for (const folder of ['models', '.', '../elsewhere', '/']) {
    writeFileSync(
      file,
      written.replace('clean-targets: [target, dbt_packages]', `clean-targets: [target, '${folder}']`),
    );
    const refused = await millrace(shop, ['clean']);
    assert.equal(refused.code, 2, folder);
    assert.ok(existsSync(join(shop, 'models/staging/stg_orders.sql')), folder);
  }
  rmSync(file);
  assert.equal((await millrace(shop, ['clean'])).code, 2);
});
