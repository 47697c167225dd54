import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { folder, millrace } from '../command-line.ts';
import { buildLibrary, copyLibrary, LIBRARY, type Statuses } from './library.ts';

interface Feature {
  readonly title: string;
  readonly file: string;
  readonly words: string;
  /** Names of nodes, or a command. */
  readonly shownBy: string;
}

const features: readonly Feature[] = readFileSync(join(LIBRARY, 'FEATURES.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(2)
  .map((line) => {
    const cells = line.slice(2, -2).split(/(?<!\\) \| /);
    const [title, file, words, shownBy] = cells.map((cell) => cell.trim());
    return { title: title!, file: file!, words: words!.slice(1, -1).replaceAll('\\|', '|'), shownBy: shownBy! };
  });

const own = folder();
let statuses: Statuses;
let manifest: { readonly nodes: Readonly<Record<string, { readonly resource_type: string; readonly config: Config }>> };
type Config = Readonly<Record<string, unknown>>;

before(async () => {
  copyLibrary(own.path);
  statuses = await buildLibrary(own.path);
  manifest = JSON.parse(readFileSync(join(own.path, 'target/manifest.json'), 'utf8'));
});
after(() => own[Symbol.dispose]());

/** `model.town_library.yearbook.v1` is `yearbook.v1`; tests have a hash behind their name. */
const nameOf = (id: string) =>
  id
    .split('.')
    .slice(2)
    .join('.')
    .replace(/\.[\da-f]{10}$/, '');

for (const { title, file, words, shownBy } of features) {
  test(title, async () => {
    assert.ok(readFileSync(join(LIBRARY, file), 'utf8').includes(words), `${words} in ${file}`);
    const command = /^`millrace (.*)`$/.exec(shownBy)?.[1];
    if (command !== undefined) {
      const told = await millrace(
        own.path,
        command.match(/"[^"]*"|\S+/g)!.map((word) => word.replaceAll('"', '')),
      );
      assert.equal(told.code, 0, told.err);
      if (/^(?:ls|run-operation)/.test(command)) assert.notEqual(told.out.trim(), '');
      return;
    }
    for (const name of shownBy.split(', ')) {
      const came = statuses.flatMap((day) =>
        Object.keys(day)
          .filter((id) => nameOf(id) === name)
          .map((id) => day[id]!),
      );
      assert.ok(came.length > 0, `${name} was not run`);
      for (const status of came) assert.match(status, /^(?:success|pass|warn)/);
    }
  });
}

test('every way that a node can be made is in the table', () => {
  const configs = (type: string, key: string) =>
    new Set(
      Object.values(manifest.nodes)
        .filter((node) => node.resource_type === type)
        .map(({ config }) => String(config[key] ?? 'none')),
    );
  assert.deepEqual([...configs('model', 'materialized')].sort(), [
    'ephemeral',
    'incremental',
    'listed',
    'table',
    'view',
  ]);
  const strategies = ['append', 'delete+insert', 'merge', 'microbatch', 'none'];
  assert.deepEqual([...configs('model', 'incremental_strategy')].sort(), strategies);
  const changes = ['append_new_columns', 'fail', 'ignore', 'sync_all_columns'];
  assert.deepEqual([...configs('model', 'on_schema_change')].sort(), changes);
  assert.deepEqual([...configs('snapshot', 'strategy')].sort(), ['check', 'timestamp']);
  assert.deepEqual([...configs('snapshot', 'hard_deletes')].sort(), ['ignore', 'invalidate', 'new_record']);
  const words = features.map((feature) => feature.words).join('\n');
  for (const value of [...changes, 'hard_deletes: new_record', 'hard_deletes: invalidate']) {
    assert.ok(words.includes(value), value);
  }
});
