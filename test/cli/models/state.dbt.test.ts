import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { askDbt } from '../../transforms/project/oracle.ts';
import { filesOf, SHOP } from '../../transforms/project/shop.ts';
import { folder, millrace } from '../command-line.ts';

const BEFORE = filesOf(SHOP);
/** The same project some days later. */
const AFTER: Record<string, string> = {
  ...BEFORE,
  'models/marts/best_customers.sql': `${BEFORE['models/marts/best_customers.sql']}\n-- another body`,
  'models/marts/new_model.sql': "select * from {{ ref('orders') }}",
  'models/marts/customers_v1.sql': BEFORE['models/marts/customers_v1.sql']!,
  'macros/corner.sql': BEFORE['macros/corner.sql']!.replace('{{ sent }} >', '{{ sent }} >='),
  'seeds/countries.csv': `${BEFORE['seeds/countries.csv']}XX,Nowhere,false\n`,
  ...edited('models/marts/marts.yml', [
    ['One row for each order, with what it comes to.', 'Another description.'],
    ['varchar(3)', 'varchar(8)'],
    ['description: Lines of one order are added up.', 'description: Lines of an order are added up.'],
    ['amount: 9.50, line_count: 2 }\n', 'amount: 9.50, line_count: 3 }\n'],
  ]),
  ...edited('models/marts/daily_sales.sql', [["alias='sales_by_day'", "alias='sales_of_days'"]]),
  ...edited('models/marts/exposures.yml', [['maturity: high', 'maturity: low']]),
  ...edited('models/staging/_sources.yml', [
    ['identifier: raw_customers', 'identifier: raw_clients'],
    ['count: 12', 'count: 13'],
  ]),
  ...edited('dbt_project.yml', [
    ['+schema: staging', '+schema: stage'],
    ['+tags: shop', '+tags: [shop, other]'],
  ]),
};
delete AFTER['tests/every_order_has_lines.sql'];

function edited(path: string, edits: readonly (readonly [string, string])[]): Record<string, string> {
  return {
    [path]: edits.reduce((text, [from, to]) => {
      assert.ok(text.includes(from), `${path} has ${from}`);
      return text.replace(from, to);
    }, BEFORE[path]!),
  };
}

const TERMS: readonly (readonly string[])[] = [
  ...['new', 'old', 'unmodified', 'modified'],
  ...['body', 'configs', 'persisted_descriptions', 'relation', 'macros', 'contract'].map((part) => `modified.${part}`),
].map((kind) => ['--select', `state:${kind}`]);
const WORDS = [
  ...TERMS,
  ['--select', 'state:modified+', '--exclude', 'state:new'],
  ['--select', '1+state:modified.body,config.materialized:table'],
  ['--select', 'result:error+', 'result:fail', '--resource-type', 'model', 'test'],
  ['--select', 'state:modified', 'result:skipped', '--resource-type', 'model'],
];
const RESULTS = [
  ['model.corner_shop.orders', 'error'],
  ['model.corner_shop.daily_sales', 'skipped'],
  ['test.corner_shop.no_order_before_opening', 'fail'],
  ['model.corner_shop.prices', 'success'],
];

const home = folder();
const place = (name: string) => join(home.path, name);
let theirs: unknown;
let ours: unknown;
let results: unknown;

function write(name: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(place(name), path)), { recursive: true });
    writeFileSync(join(place(name), path), text);
  }
}

before(async () => {
  write('before', BEFORE);
  write('after', AFTER);
  const answer = await askDbt({ files: BEFORE, commands: [] });
  assert.equal(answer.error, undefined);
  theirs = answer.manifest;
  const parsed = await millrace(place('before'), ['parse']);
  assert.equal(parsed.code, 0, parsed.err);
  ours = JSON.parse(readFileSync(join(place('before'), 'target/manifest.json'), 'utf8'));
  results = {
    metadata: {
      dbt_schema_version: 'https://schemas.getdbt.com/dbt/run-results/v6.json',
      generated_at: '2026-01-31T00:00:00Z',
    },
    results: RESULTS.map(([unique_id, status]) => ({
      unique_id,
      status,
      timing: [],
      thread_id: 'Thread-1',
      execution_time: 1,
      adapter_response: {},
      message: null,
      failures: null,
      compiled: true,
      compiled_code: null,
      relation_name: null,
      batch_results: null,
    })),
    elapsed_time: 1,
    args: { which: 'build' },
  };
});
after(() => home[Symbol.dispose]());

/** What millrace selects, with a manifest as the state. */
async function selected(words: readonly string[], manifest: unknown): Promise<string[]> {
  write('after', {
    'state/manifest.json': JSON.stringify(manifest),
    'state/run_results.json': JSON.stringify(results),
  });
  const { code, out, err } = await millrace(place('after'), [
    'ls',
    '--state',
    'state',
    '--output',
    'json',
    '--output-keys',
    'unique_id',
    ...words,
  ]);
  assert.equal(code, 0, err);
  const lines = out.split('\n').filter(Boolean);
  return lines.map((line) => (JSON.parse(line) as { unique_id: string }).unique_id).sort();
}

describe('two states of a project', () => {
  test('are told apart as dbt does, by its manifest or by that of millrace, which dbt takes too', async () => {
    const commands = WORDS.map((words) => ['--state', 'state', ...words]);
    const [byTheirs, byOurs] = [
      await askDbt({ files: AFTER, commands, state: { manifest: theirs, run_results: results } }),
      await askDbt({ files: AFTER, commands, state: { manifest: ours, run_results: results } }),
    ];
    assert.deepEqual([byTheirs.error, byOurs.error], [undefined, undefined]);
    for (const [index, words] of WORDS.entries()) {
      const wanted = byTheirs.answers[index];
      assert.ok(wanted !== null && wanted !== undefined, words.join(' '));
      assert.deepEqual(await selected(words, theirs), wanted, `with dbt's manifest: ${words.join(' ')}`);
      assert.deepEqual(await selected(words, ours), wanted, `with our manifest: ${words.join(' ')}`);
      if (!builtIn(words)) assert.deepEqual(byOurs.answers[index], wanted, `dbt with our manifest: ${words.join(' ')}`);
    }
    const found = byTheirs.answers.map((ids) => ids!.length);
    assert.ok(found.filter((count) => count > 0).length > WORDS.length - 2, 'the states differ in nearly everything');
  });

  test('without a state, and with one of an older form, there is nothing to compare with', async () => {
    const none = await millrace(place('after'), ['ls', '--select', 'state:modified']);
    assert.equal(none.code, 2);
    assert.match(none.err, /select\.invalid[\s\S]*--state/);
    write('after', {
      'old/manifest.json': JSON.stringify({
        metadata: { dbt_schema_version: 'https://schemas.getdbt.com/dbt/manifest/v9.json' },
      }),
    });
    const old = await millrace(place('after'), ['ls', '--select', 'state:modified', '--state', 'old']);
    assert.equal(old.code, 2);
    assert.match(old.err, /project\.artifact[\s\S]*v9/);
  });
});

/** dbt takes the macros that are millrace's own for changed: it has others under their names. */
function builtIn(words: readonly string[]): boolean {
  return words.some((word) => /state:(?:un)?modified(?:\+|$|\.macros)/.test(word));
}
