import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { MillraceError } from '../../../connectors/contract/index.ts';
import type { Adapter } from '../../../transforms/adapter/adapter.ts';
import { openAdapter } from '../../../transforms/adapter/open.ts';
import { Compilation, RelationObject, RenderSession } from '../../../transforms/context/index.ts';
import type { LoadedProject } from '../../../transforms/project/load.ts';
import { compiledFile } from '../../../transforms/project/target-files.ts';
import { askDbt } from '../project/oracle.ts';
import { filesOf, load, engine as newEngine, target as shop } from '../project/shop.ts';

const ROOT = join(import.meta.dirname, 'asking');
const signal = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), 'millrace-asking-'));
const target = {
  ...shop,
  profile: 'asking',
  schema: 'main',
  database: 'asking',
  values: new Map([
    ['database', 'asking'],
    ['schema', 'main'],
    ['type', 'duckdb'],
  ]),
};

let adapter: Adapter;
let project: LoadedProject;
let compilation: Compilation;

before(async () => {
  cpSync(ROOT, folder, { recursive: true });
  const fields = new Map([['path', join(folder, 'asking.duckdb')]]);
  adapter = await openAdapter(
    { type: 'duckdb', schema: 'main', threads: 1, fields, path: 'profiles.yml' },
    { root: folder, emit: () => undefined, signal },
  );
  const engine = newEngine();
  project = load(ROOT, { renderer: engine, target });
  assert.deepEqual(project.problems.errors.map(String), []);
  compilation = new Compilation(new RenderSession({ project, engine }));
  await using session = await adapter.session(signal);
  await compilation.macro('prepare', new Map(), { node: undefined, database: async () => session });
});

after(async () => {
  await adapter[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function compiled(name: string): Promise<string> {
  await using session = await adapter.session(signal);
  const node = project.manifest.nodes.get(`model.asking.${name}`)!;
  return (await compilation.node(node, async () => session)).code;
}

test('what templates ask the database for, they are given as dbt gives it', async () => {
  const theirs = await askDbt({
    files: filesOf(ROOT),
    commands: [],
    before: [['run-operation', 'prepare']],
    compile: [],
  });
  assert.equal(theirs.error, undefined);
  for (const id of project.graph.order()) {
    const node = project.manifest.nodes.get(id)!;
    if (node.resource_type === 'model')
      assert.equal(await compiled(node.name), theirs.compiled[compiledFile(node)!], id);
  }
});

test('renders that wait for the database side by side keep apart', async () => {
  const names = ['rows', 'statements', 'relations'];
  const alone = await Promise.all(names.map((name) => compiled(name)));
  const engine = newEngine();
  const again = load(ROOT, { renderer: engine, target });
  const together = await Promise.all(
    Array.from({ length: 16 }, async (_, index) => {
      await using session = await adapter.session(signal);
      const name = names[index % names.length]!;
      const own = new Compilation(new RenderSession({ project: again, engine }), async () => session);
      return (await own.node(again.manifest.nodes.get(`model.asking.${name}`)!)).code;
    }),
  );
  for (const [index, code] of together.entries()) assert.equal(code, alone[index % names.length]);
});

test('macros are run by name, and what they raise names them and their place', async () => {
  await using session = await adapter.session(signal);
  const request = { node: undefined, database: async () => session };
  const made = await compilation.macro('made', new Map(), request);
  assert.ok(made instanceof RelationObject);
  assert.equal(made.render(), '"asking"."main"."made"');
  await assert.rejects(compilation.macro('nope', new Map(), request), /there is no macro nope/);
  await assert.rejects(
    compilation.text('{{ fails() }}', 'a hook', { node: project.manifest.nodes.get('model.asking.rows') }),
    (error) => {
      assert.ok(error instanceof MillraceError);
      assert.equal(error.code, 'model.raised');
      assert.match(error.message, /^on purpose: rows\nin the macro fails, called at a hook:1/);
      assert.match(error.at!, /macros\/asking\.sql:\d+$/);
      return true;
    },
  );
});
