import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorText } from '../../../cli/output/error.ts';
import type { Terminal } from '../../../cli/terminal.ts';
import { millraceError } from '../../../connectors/contract/index.ts';

const plain = { color: false } as Terminal;

test('a name that drives a terminal or breaks a line does neither in an error', () => {
  const name = 'shop.\u001b[2Jline\nbreak';
  const text = errorText(plain, millraceError('source.stream-missing', `first\n${name}`, { at: name }).envelope());
  assert.ok(!text.includes('\u001b'));
  assert.match(
    text,
    /^error source\.stream-missing {2}first\nshop\.\\u001b\[2Jline\n/,
    'lines of a message stay lines',
  );
  assert.match(text, /\n {2}at {5}shop\.\\u001b\[2Jline\\nbreak\n/);
});
