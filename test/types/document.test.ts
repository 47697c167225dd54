import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { typeTableMarkdown } from '../../connectors/types/index.ts';

const file = new URL('../../docs/types.md', import.meta.url);

test('the type table in the documentation is the one that the code makes', () => {
  const page = () => readFileSync(file, 'utf8');
  const [before, after] = ['<!-- types -->\n', '<!-- /types -->\n'];
  const start = page().indexOf(before) + before.length;
  const end = page().indexOf(after);
  if (process.env.UPDATE_GOLDEN === '1')
    writeFileSync(file, page().slice(0, start) + typeTableMarkdown() + page().slice(end));
  assert.equal(page().slice(page().indexOf(before) + before.length, page().indexOf(after)), typeTableMarkdown());
});
