import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { commands } from '../../cli/commands.ts';
import { staleDocs } from '../../cli/docs/generate.ts';
import { type CodeEntry, errorCodes } from '../../connectors/contract/index.ts';
import { folder, root } from './command-line.ts';

describe('documents', () => {
  it('that are made from the code are what the code makes', () => {
    assert.deepEqual(staleDocs(root), []);
    using empty = folder();
    assert.ok(staleDocs(empty.path).length >= 5, 'and the check can fail');
  });

  it('say of every error what it means and how to mend it', () => {
    for (const [code, { meaning, fix }] of Object.entries<CodeEntry>(errorCodes)) {
      assert.match(code, /^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/);
      assert.match(meaning, /^[A-Z][\s\S]{10,}\.$/, code);
      assert.match(fix, /^[A-Z][\s\S]{5,}\.$/, code);
    }
  });

  it('link to what is there', () => {
    const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'connectors/README.md'];
    documents.push(
      ...readdirSync(join(root, 'docs'))
        .filter((name) => name.endsWith('.md'))
        .map((name) => `docs/${name}`),
    );
    for (const document of documents) {
      const text = readFileSync(join(root, document), 'utf8');
      for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)) {
        const path = join(root, dirname(document), target!);
        assert.ok(existsSync(path), `${document} links to ${relative(root, path)}`);
      }
    }
  });

  it('name only commands and options that there are', () => {
    const names = new Set(commands.flatMap(({ name }) => [name, name.split(' ')[0]!]));
    for (const document of ['README.md', 'CONTRIBUTING.md', 'docs/guide.md', 'docs/concepts.md', 'docs/errors.md']) {
      const text = readFileSync(join(root, document), 'utf8');
      for (const [, verb, sub] of text.matchAll(/(?:npx |^|`)millrace ([a-z]+)(?: ([a-z]+))?/gm)) {
        assert.ok(names.has(verb!), `${document}: millrace ${verb}`);
        const family = commands.filter(({ name }) => name.startsWith(`${verb} `));
        if (family.length > 0) assert.ok(names.has(`${verb} ${sub}`), `${document}: millrace ${verb} ${sub}`);
      }
    }
  });
});
