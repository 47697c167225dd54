import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { askDbt, type DbtAnswer } from '../project/oracle.ts';
import { filesOf, target as shop } from '../project/shop.ts';
import type { Value } from '../../../transforms/project/value.ts';
import { type Compiled, compilationOf, compiledFiles } from './compilation.ts';

const ROOT = join(import.meta.dirname, 'every-function');
const env = { FAVOURITE: 'blue', DBT_PARTIAL_PARSE: 'false' };

let theirs: DbtAnswer;
let ours: Compiled;

before(async () => {
  theirs = await askDbt({ files: filesOf(ROOT), env, commands: [], compile: [] });
  assert.equal(theirs.error, undefined);
  const values = {
    ...Object.fromEntries(shop.values),
    database: 'corner_shop',
    threads: 1,
    target_name: 'dev',
    profile_name: 'every_function',
  };
  const target = { ...shop, profile: 'every_function', values: new Map<Value, Value>(Object.entries(values) as [string, Value][]) };
  ours = compilationOf(ROOT, { env, target });
  assert.deepEqual(ours.project.problems.errors.map(String), []);
});

test("every function of dbt's context gives what it gives there, to the byte of the compiled files", async () => {
  const files = await compiledFiles(ours);
  assert.deepEqual(Object.keys(files).sort(), Object.keys(theirs.compiled).sort());
  for (const [path, code] of Object.entries(theirs.compiled)) assert.equal(files[path], code, path);
});

test('nodes have the names, places, configs and dependencies that dbt gives them', () => {
  for (const [id, node] of Object.entries(theirs.manifest.nodes)) {
    const own = ours.project.manifest.nodes.get(id);
    assert.ok(own !== undefined, id);
    const of = ({ schema, alias, relation_name }: Record<string, unknown>) => ({ schema, alias, relation_name });
    assert.deepEqual(of(own as never), of(node), id);
    assert.equal(own.config.severity, (node.config as Record<string, unknown>).severity, id);
    assert.deepEqual([...own.tags].sort(), [...(node.tags as string[])].sort(), id);
    const depends = node.depends_on as { nodes: string[]; macros: string[] };
    assert.deepEqual([...new Set(own.depends_on.nodes)].sort(), [...new Set(depends.nodes)].sort(), id);
    assert.deepEqual(projectMacros(own.depends_on.macros), projectMacros(depends.macros), id);
  }
});

/** Those of the project and its packages: what millrace brings itself is made otherwise than dbt's. */
function projectMacros(ids: readonly string[]): string[] {
  return [...new Set(ids)].filter((id) => !/^macro\.dbt(?:_duckdb)?\./.test(id)).sort();
}
