import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sample } from './context.ts';
import { askOracle, type OracleAnswer, type OracleMode } from './oracle.ts';
import { differs, rendered } from './rendering.ts';

function corpus(file: string): string {
  return readFileSync(join(import.meta.dirname, 'corpus', file), 'utf8');
}

const expressions = corpus('expressions.txt')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => `{{ ${line} }}`);
const statements = corpus('statements.txt').split('\n====\n');
const natives = corpus('native.txt')
  .split('\n')
  .filter((line) => line !== '');

const suites: readonly [string, OracleMode, readonly string[]][] = [
  ['expressions', 'strict', expressions],
  ['expressions at parse', 'chainable', expressions],
  ['statements', 'strict', statements],
  ['statements at parse', 'chainable', statements],
  ['native values', 'native', natives],
];

for (const [name, mode, sources] of suites) {
  test(`${name} render as by dbt's environment`, async () => {
    const cases = sources.map((source) => ({ source, mode, context: sample }));
    const answers = await askOracle(cases);
    assert.equal(answers.length, sources.length);
    const wrong: string[] = [];
    for (const [at, source] of sources.entries()) {
      const ours = await rendered({ source, mode, context: sample });
      const theirs = answers[at]!;
      if (differs(ours, theirs)) wrong.push(report(source, ours, theirs));
    }
    assert.equal(wrong.length, 0, `${wrong.length} of ${sources.length}:\n${wrong.join('\n')}`);
  });
}

function report(source: string, ours: OracleAnswer, theirs: OracleAnswer): string {
  return `--- ${source}\n    ours ${JSON.stringify(ours)}\n  theirs ${JSON.stringify(theirs)}`;
}
