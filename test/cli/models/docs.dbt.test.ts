import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { type DOMWindow, JSDOM, VirtualConsole } from 'jsdom';
import { askArtifact, askBuild, askPage, type DbtNode } from '../../transforms/project/oracle.ts';
import { filesOf, SHOP } from '../../transforms/project/shop.ts';
import { folder, millrace, root } from '../command-line.ts';
import { copyShop } from './shop.ts';

const ORDERS = '#!/model/model.corner_shop.orders';
const home = folder();
const target = join(home.path, 'target');

before(async () => {
  copyShop(home.path);
  for (const words of [['seed'], ['build'], ['docs', 'generate', '--static']]) {
    const told = await millrace(home.path, words);
    assert.equal(told.code, 0, told.err);
  }
});
after(() => home[Symbol.dispose]());

interface CatalogTable {
  readonly metadata: DbtNode;
  readonly columns: Readonly<Record<string, { type: string; index: number; name: string; comment: string | null }>>;
}
interface Catalog {
  readonly nodes: Readonly<Record<string, CatalogTable>>;
  readonly sources: Readonly<Record<string, CatalogTable>>;
}

const artifact = (name: string, at = target) => JSON.parse(readFileSync(join(at, `${name}.json`), 'utf8'));

describe('docs generate', () => {
  test('catalog.json and manifest.json are read by dbt-core and dbt-artifacts-parser', async () => {
    const catalog = artifact('catalog');
    assert.deepEqual(await askArtifact('catalog', catalog), { core: null, parser: null });
    assert.deepEqual(await askArtifact('manifest', artifact('manifest')), { core: null, parser: null });
    const broken = await askArtifact('catalog', { ...catalog, nodes: { a: { metadata: {} } } });
    assert.ok(broken.core !== null && broken.parser !== null, 'the readers refuse what is wrong');
  });

  test('the catalog has the tables, columns and types that dbt finds', async () => {
    const { exits, artifacts } = await askBuild({
      files: filesOf(SHOP),
      commands: [['seed'], ['build', '--exclude', 'resource_type:unit_test'], ['docs', 'generate']],
      database: 'corner_shop.duckdb',
      artifacts: ['catalog'],
    });
    assert.deepEqual(exits, [true, true, true]);
    const [ours, theirs] = [artifact('catalog'), artifacts.catalog] as unknown as [Catalog, Catalog];
    assert.deepEqual(comparable(ours.sources), comparable(theirs.sources));
    assert.deepEqual(comparable(ours.nodes), comparable(theirs.nodes));
    assert.ok(Object.keys(theirs.nodes).length > 15 && Object.keys(theirs.sources).length === 4);
  });

  test('a selection is the catalog of it alone, and an empty one asks no database', async () => {
    const some = await millrace(home.path, [
      'docs',
      'generate',
      '--select',
      'orders',
      'source:till.orders',
      '--target-path',
      'some',
    ]);
    assert.equal(some.code, 0, some.err);
    const { nodes, sources } = artifact('catalog', join(home.path, 'some'));
    const tests = Object.keys(nodes).filter((id) => id.startsWith('test.'));
    assert.deepEqual(
      Object.keys(nodes).filter((id) => !tests.includes(id)),
      ['model.corner_shop.orders'],
    );
    assert.deepEqual(Object.keys(sources), ['source.corner_shop.till.orders']);
    const empty = await millrace(home.path, [
      'docs',
      'generate',
      '--empty-catalog',
      '--no-compile',
      '--target-path',
      'empty',
    ]);
    assert.equal(empty.code, 0, empty.err);
    assert.deepEqual(artifact('catalog', join(home.path, 'empty')).nodes, {});
    assert.equal(
      artifact('manifest', join(home.path, 'empty')).nodes['model.corner_shop.orders'].compiled_code,
      undefined,
    );
  });

  test('what does not compile is told, and the rest is written', async () => {
    const broken = join(home.path, 'models/broken.sql');
    writeFileSync(broken, '{{ exceptions.raise_compiler_error("not today") if execute }}');
    try {
      const { code, err } = await millrace(home.path, ['docs', 'generate', '--target-path', 'broken']);
      assert.equal(code, 1);
      assert.match(err, /not today[\s\S]*models\/broken\.sql/);
      assert.ok('model.corner_shop.orders' in artifact('catalog', join(home.path, 'broken')).nodes);
    } finally {
      rmSync(broken);
    }
  });
});

describe('pages', () => {
  test("millrace's own shows a model with its columns, tests, results and lineage, from one file", async () => {
    using window = page(readFileSync(join(target, 'static_index.html'), 'utf8'), ORDERS);
    const text = await seen(window.window, /Compiled/);
    assert.match(text, /orders model · incremental/);
    assert.match(text, /order_id bigint unique not_null/);
    assert.match(text, /unique_orders_order_id pass/);
    assert.match(text, /made from: int_order_totals, stg_orders/);
    assert.match(text, /used by: .*customers\.v2/);
  });

  test('what is in artifacts is never HTML or script of the page', async () => {
    const file = join(home.path, 'models/evil.yml');
    const evil = '</script><script>window.broken = true</script><img src=x onerror="window.broken = true">';
    writeFileSync(file, `exposures: [{name: evil, type: notebook, owner: {name: me}, description: '${evil}'}]`);
    try {
      const words = ['docs', 'generate', '--static', '--empty-catalog', '--no-compile', '--target-path', 'evil'];
      const { code, err } = await millrace(home.path, words);
      assert.equal(code, 0, err);
      const html = readFileSync(join(home.path, 'evil/static_index.html'), 'utf8');
      using window = page(html, '#!/exposure/exposure.corner_shop.evil');
      assert.match(await seen(window.window, /Lineage/), /<\/script><script>window\.broken/);
      assert.equal((window.window as unknown as { broken?: true }).broken, undefined);
    } finally {
      rmSync(file);
    }
  });

  test("dbt-core's page, served, shows the same", async () => {
    const python = join(home.path, '.venv/lib/python3.11/site-packages/dbt/task/docs');
    mkdirSync(python, { recursive: true });
    writeFileSync(join(python, 'index.html'), await askPage());
    await using served = await serve(['--page', 'dbt']);
    const dom = await JSDOM.fromURL(`${served.url}${ORDERS}`, {
      runScripts: 'dangerously',
      pretendToBeVisual: true,
      virtualConsole: new VirtualConsole(),
    });
    try {
      const text = await seen(dom.window, /One row for each order[\s\S]*decimal\(/i);
      assert.match(text, /order_id bigint/i);
      assert.match(text, /Depends On/);
    } finally {
      dom.window.close();
    }
  });

  test('the server gives the page and the artifacts, and nothing else of the folder', async () => {
    await using served = await serve([]);
    const get = async (path: string) => await fetch(`${served.url}${path}`);
    assert.match(await (await get('')).text(), /id="artifacts"/);
    assert.deepEqual(Object.keys((await (await get('catalog.json')).json()) as object), [
      'metadata',
      'nodes',
      'sources',
      'errors',
    ]);
    for (const path of ['compiled/corner_shop/models/marts/orders.sql', '..%2fprofiles.yml', 'static_index.html'])
      assert.equal((await get(path)).status, 404, path);
  });

  test('a page that is not there, and a folder without artifacts, are errors with exit code 2', async () => {
    for (const words of [
      ['docs', 'generate', '--page', 'none.html'],
      ['docs', 'serve', '--target-path', 'none'],
      ['docs', 'serve', '--page', 'none.html'],
    ]) {
      const { code, err } = await millrace(home.path, words);
      assert.equal(code, 2, err);
      assert.match(err, /project\.artifact/);
    }
  });
});

/** Numbers of seeds are DOUBLE for dbt and DECIMAL here, so that numbers count as numbers. */
function comparable(tables: Catalog['nodes']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(tables).map(([id, { metadata, columns }]) => {
      const { type, schema, name, database } = metadata;
      const typed = Object.values(columns).map((column) => ({
        ...column,
        comment: column.comment || null,
        type: column.type.toLowerCase().replace(/^(double|decimal.*|integer|bigint|hugeint)$/, 'number'),
      }));
      return [id, { type, schema, name, database, columns: typed.sort((one, other) => one.index - other.index) }];
    }),
  );
}

function page(html: string, hash: string): { readonly window: DOMWindow } & Disposable {
  const { window } = new JSDOM(html, {
    url: `http://localhost/${hash}`,
    runScripts: 'dangerously',
    virtualConsole: new VirtualConsole(),
  });
  return { window, [Symbol.dispose]: () => window.close() };
}

/** The text of the page when it has something. */
async function seen(window: DOMWindow, wanted: RegExp): Promise<string> {
  const { document } = window;
  const text = () => {
    const pieces: string[] = [];
    const walk = document.createTreeWalker(document.body, window.NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const { parentElement, textContent } = walk.currentNode;
      if (!['SCRIPT', 'STYLE'].includes(parentElement?.tagName ?? '')) pieces.push(textContent ?? '');
    }
    return pieces.join(' ').replace(/\s+/g, ' ').replaceAll(' ,', ',');
  };
  while (!wanted.test(text())) {
    await new Promise<void>((done) => {
      const observer = new window.MutationObserver(() => {
        observer.disconnect();
        done();
      });
      observer.observe(document.body, { childList: true, subtree: true, characterData: true });
    });
  }
  return text();
}

/** `docs serve` on a free port. */
async function serve(words: readonly string[]): Promise<{ readonly url: string } & AsyncDisposable> {
  const command = [join(root, 'cli/bin.js'), 'docs', 'serve', '--port', '0', '--json', ...words];
  const child = spawn(process.execPath, command, {
    cwd: home.path,
    env: { PATH: process.env.PATH ?? '', HOME: home.path },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return {
    url: (JSON.parse(line) as { url: string }).url,
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      assert.deepEqual(await ended, [0, null]);
    },
  };
}
