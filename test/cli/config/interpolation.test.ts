// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the texts under test
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { interpolate } from '../../../cli/config/interpolation.ts';

const env = { NAME: 'value', EMPTY: '', HARD: `p#a"s's: \${NAME}\\n` };

/** Text, what becomes of it, names that are missing. */
const cases: readonly (readonly [string, string, readonly string[]])[] = [
  ['plain', 'plain', []],
  ['${NAME}', 'value', []],
  ['a${NAME}b${NAME}', 'avaluebvalue', []],
  ['${MISSING}', '${MISSING}', ['MISSING']],
  ['${MISSING:-}', '', []],
  ['${MISSING:-x y}', 'x y', []],
  ['${EMPTY:-default}', 'default', []],
  ['${EMPTY}', '', []],
  ['${HARD}', env.HARD, []],
  ['$${NAME}', '${NAME}', []],
  ['$$${NAME}', '$${NAME}', []],
  ['$NAME', '$NAME', []],
  ['${1X} ${} ${a b}', '${1X} ${} ${a b}', []],
  ['${NAME:+x}', '${NAME:+x}', []],
];

describe('variables in a text', () => {
  for (const [text, filled, missing] of cases) {
    it(JSON.stringify(text), () => {
      const found = interpolate(text, env);
      assert.equal(found.text, filled);
      assert.deepEqual(found.missing, missing);
    });
  }
});
