import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../random.ts';
import { sample } from './context.ts';
import { askOracle, type OracleMode } from './oracle.ts';
import { randomExpression, randomTemplate } from './random-template.ts';
import { differs, rendered } from './rendering.ts';

/** Templates of one question to the oracle: asking takes longer than rendering. */
const TOGETHER = 25;
const RUNS = Number(process.env.MILLRACE_TEST_TEMPLATES ?? 1500) / TOGETHER;

async function check(sources: readonly string[], mode: OracleMode): Promise<void> {
  const cases = sources.map((source) => ({ source, mode, context: sample }));
  const answers = await askOracle(cases);
  for (const [at, oracleCase] of cases.entries()) {
    const ours = await rendered(oracleCase);
    const theirs = answers[at]!;
    if (isLarge(theirs.error, ours.error)) continue;
    assert.ok(
      !differs(ours, theirs),
      `${oracleCase.source}\n  ours ${JSON.stringify(ours)}\ntheirs ${JSON.stringify(theirs)}`,
    );
  }
}

/**
 * What is refused here for its size, Python may try; complex numbers do not exist here; and Jinja cannot compile a constant that is
 * infinite: it writes `inf`, which is no name.
 */
function isLarge(theirs: string | undefined, ours: string | undefined): boolean {
  return ours === 'LimitError' || theirs === 'MemoryError' || theirs === 'NameError';
}

const several = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: TOGETHER, maxLength: TOGETHER, size: 'max' });

test('expressions at random', async () => {
  const sources = several(randomExpression.map((source) => `{{ ${source} }}`));
  await fc.assert(
    fc.asyncProperty(sources, (batch) => check(batch, 'strict')),
    { numRuns: RUNS },
  );
});

test('templates at random', async () => {
  await fc.assert(
    fc.asyncProperty(several(randomTemplate), (batch) => check(batch, 'strict')),
    { numRuns: RUNS },
  );
});

test('templates at random, at parse', async () => {
  await fc.assert(
    fc.asyncProperty(several(randomTemplate), (batch) => check(batch, 'chainable')),
    { numRuns: RUNS },
  );
});
