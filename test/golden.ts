import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Holds a text against a file of `test/golden`; `UPDATE_GOLDEN=1` writes the file instead. */
export function matchesGolden(name: string, text: string): void {
  const path = join(import.meta.dirname, 'golden', name);
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  assert.ok(existsSync(path), `${path} is not there: run with UPDATE_GOLDEN=1 and look at it`);
  assert.equal(text, readFileSync(path, 'utf8'), `differs from ${path}`);
}
