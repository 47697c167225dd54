import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commands } from '../../../cli/commands.ts';
import { editDistance, suggestion } from '../../../cli/config/suggestion.ts';

describe('did you mean', () => {
  it('finds the nearest word, and says nothing where none is near', () => {
    assert.match(suggestion('raed', ['read', 'write']), /"read"/);
    assert.match(suggestion('Exclude-columns', ['exclude_columns', 'columns']), /"exclude_columns"/);
    assert.equal(suggestion('zzz', ['read', 'write']), '');
    assert.equal(suggestion('x', []), '');
  });

  it('no two verbs differ by one letter, and those that dbt has mean what they mean there', () => {
    const verbs = [...new Set(commands.map(({ name }) => name.split(' ')[0]!)), 'help'];
    for (const a of verbs) for (const b of verbs) if (a !== b) assert.ok(editDistance(a, b) > 1, `${a} ${b}`);
    const dbt =
      'run test show snapshot build seed compile parse list ls deps docs debug clean retry source state'.split(' ');
    const own = commands.filter(({ dbtExits }) => dbtExits === undefined).map(({ name }) => name.split(' ')[0]!);
    assert.deepEqual(
      own.filter((verb) => dbt.includes(verb)),
      [],
    );
  });
});
