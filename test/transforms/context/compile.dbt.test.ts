import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { askDbt, type DbtAnswer } from '../project/oracle.ts';
import { filesOf, SHOP } from '../project/shop.ts';
import { compilationOf, compiledFiles } from './compilation.ts';

let theirs: DbtAnswer;
let ours: Record<string, string>;

before(async () => {
  theirs = await askDbt({ files: filesOf(SHOP), commands: [], compile: [] });
  assert.equal(theirs.error, undefined);
  ours = await compiledFiles(compilationOf(SHOP));
});

test('the files that dbt compiles are compiled, and no other', () => {
  assert.deepEqual(Object.keys(ours).sort(), Object.keys(theirs.compiled).sort());
});

test("each is dbt's to the byte; tests of millrace's own macros begin and end as dbt's do", () => {
  for (const [path, code] of Object.entries(theirs.compiled)) {
    const builtin =
      /\/(?:source_)?(?:unique|not_null|accepted_values|relationships|each_order_once)_?[^/]*\.sql$/.test(path) &&
      !path.includes('unique_together');
    if (builtin) assert.equal(relationIn(ours[path]!), relationIn(code), path);
    else assert.equal(ours[path], code, path);
  }
});

/** The relations that a query names, in their order. */
function relationIn(code: string): string {
  return [...code.matchAll(/"\w+"\."\w+"\."\w+"/g)].map(([name]) => name).join();
}
