import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { Engine } from '../../../transforms/context/index.ts';
import { firstLineOf } from '../../../transforms/project/code-place.ts';
import type { LoadedProject } from '../../../transforms/project/load.ts';
import type { NodeParser, ParserScope } from '../../../transforms/project/renderer.ts';
import type { Value } from '../../../transforms/project/value.ts';
import { fc } from '../../random.ts';
import { load } from './shop.ts';

/** What a project is loaded by, besides its files. */
interface Around {
  readonly vars: ReadonlyMap<string, Value>;
  readonly env: Readonly<Record<string, string>>;
  readonly invocation: { readonly which: string; readonly startedAt: Date };
}

/** An engine that tells how often code was run. */
class CountingEngine extends Engine {
  parsed = 0;

  override parser(scope: ParserScope): NodeParser {
    const parser = super.parser(scope);
    const counted = (call: 'parse' | 'parseTest'): NodeParser['parse'] => {
      return (request) => {
        this.parsed += 1;
        return parser[call](request);
      };
    };
    return {
      readsLiterally: (own) => parser.readsLiterally(own),
      parse: counted('parse'),
      parseTest: counted('parseTest'),
      testMacro: (...args) => parser.testMacro(...args),
      name: (...args) => parser.name(...args),
      relationName: (...args) => parser.relationName(...args),
    };
  }
}

function engineOf({ invocation: { which, startedAt } }: Around, told: string[]): CountingEngine {
  const tell = (_kind: string, message: string) => void told.push(message);
  return new CountingEngine({
    invocation: { id: String(startedAt.getTime()), startedAt, which, options: new Map() },
    tell,
  });
}

interface Loaded {
  readonly all: unknown;
  readonly parsed: number;
  /** The nodes that were given new code; undefined where all was read from the files. */
  readonly changed?: readonly string[];
}

/** All that a load gives, and what its code told. */
function loaded(root: string, around: Around, cachePath?: string): Loaded {
  const told: string[] = [];
  const engine = engineOf(around, told);
  const options = {
    vars: around.vars,
    env: around.env,
    renderer: engine,
    ...(cachePath === undefined ? {} : { cachePath }),
  };
  try {
    const { manifest, problems, kept } = load(root, options) as LoadedProject;
    const lines = [...manifest.nodes].map(([id, node]) => [id, firstLineOf(node)]);
    const said = [...problems.errors, ...problems.notes].map(({ code, at, message }) => `${code} ${at} ${message}`);
    const changed = kept?.restored === true ? [...kept.changed] : undefined;
    return { all: { manifest, said, told, lines }, parsed: engine.parsed, ...(changed && { changed }) };
  } catch (thrown) {
    return { all: { thrown: String(thrown), told }, parsed: engine.parsed };
  }
}

class Files implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'millrace-cache-'));
  readonly cache = join(this.root, 'target', 'partial');

  write(files: Readonly<Record<string, string | undefined>>): void {
    for (const [path, text] of Object.entries(files)) {
      const whole = join(this.root, path);
      mkdirSync(dirname(whole), { recursive: true });
      if (text === undefined) rmSync(whole, { force: true });
      else writeFileSync(whole, text);
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

const FILES = {
  'dbt_project.yml': 'name: small\nversion: "1"\nprofile: small\nvars: {kind: table}\n',
  'macros/make.sql':
    "{% macro make(kind) %}{{ config(tags=[kind]) }}{% endmacro %}\n{% test fits(model, limit) %}{{ config(tags=['t' ~ limit]) }}select 1 from {{ model }}{% endtest %}",
  'models/a.sql': "{% do make('a') %}select 1 as id",
  'models/b.sql': "{{ config(materialized=var('kind')) }}{% if true %}select * from {{ ref('a') }}{% endif %}",
  'models/all.yml': 'models:\n  - name: a\n    data_tests: [{fits: {arguments: {limit: 3}}}]\n',
};
const AROUND: Around = { vars: new Map(), env: {}, invocation: { which: 'parse', startedAt: new Date(0) } };

/** Code of models: plain, by macros, by what is around, by what changes in every run; and some that is wrong. */
const codes = fc.constantFrom(
  'select 1 as id',
  "{% do make('x') %}select 2 as id",
  "{% set kinds = ['view', 'table'] %}{{ config(materialized=kinds[0], meta={'n': 1.5, 'm': [1, {'k': none}]}) }}select 1",
  "{% if var('deep', false) %}select * from {{ ref('a') }}{% else %}select 1{% endif %}",
  "{{ config(tags=[env_var('TAG', 'none') ~ '']) }}select 1",
  "{% if flags.WHICH == 'run' %}{{ config(tags='ran') }}{% endif %}select 1",
  "{{ config(meta={'at': run_started_at.isoformat()}) }}select 1",
  "{{ config(meta={'day': modules.datetime.date(2024, 2, 29)}) }}select 1",
  "{% do log('said', info=true) %}select * from {{ ref('b') }}",
  "{% do exceptions.warn('careful') %}select 1",
  "{{ config(alias=model.name ~ '_x') }}{% if target.name %}select * from {{ this }}{% endif %}",
  "{% if context['invocation_id'] %}{{ config(tags=[invocation_id]) }}{% endif %}select 1",
  "{% if true %}select * from {{ ref('nowhere') }}{% endif %}",
  '{% if %}',
  "{{ config(pre_hook='select {{ model.raw_code | length }}') }}select 1",
  '{{ config(enabled=false) }}select 1',
  '\n\n  select 3 as id',
  'select 4 as id -- of another length',
);
const macros = fc.constantFrom(
  FILES['macros/make.sql'],
  FILES['macros/make.sql'].replace('tags=[kind]', "tags=['other', kind]"),
  FILES['macros/make.sql'].replace("'t' ~ limit", "'u' ~ limit"),
  FILES['macros/make.sql'].replace('tags=[kind]', "tags=[env_var('TAG', '-')]"),
);
const block = (text: string) => `{% docs text %}${text}{% enddocs %}`;
/** What gives tables their names may look at the code, the clock and the environment. */
const namings = fc.constantFrom(
  undefined,
  ...["node.name ~ '_' ~ node.raw_code | length", "env_var('TAG', 'x') ~ node.name", 'node.name ~ invocation_id'].map(
    (name) => `{% macro generate_alias_name(custom, node) %}{{ ${name} }}{% endmacro %}`,
  ),
);
const names = fc.constantFrom('a', 'b', 'c', 'sub/d');
const edits = fc.oneof(
  fc.record({ path: names.map((name) => `models/${name}.sql`), text: codes }),
  fc.record({ path: fc.constantFrom('models/c.sql', 'models/sub/d.sql'), text: fc.constant(undefined) }),
  fc.record({ path: fc.constant('macros/make.sql'), text: macros }),
  fc.record({
    path: fc.constant('dbt_project.yml'),
    text: fc.constantFrom(FILES['dbt_project.yml'], FILES['dbt_project.yml'].replace('table', 'view')),
  }),
  fc.record({
    path: fc.constant('models/all.yml'),
    text: fc.constantFrom(
      FILES['models/all.yml'],
      FILES['models/all.yml'].replace('3', '4'),
      `${FILES['models/all.yml']}    description: "{{ doc('text') }}"\n    meta: {share: 1.5, on: 2024-02-29}\n`,
      `${FILES['models/all.yml']}    description: "{{ env_var('TAG', 'none') }}"\nodd: 1\n`,
      `${FILES['models/all.yml']}macros: [{name: make, description: Makes., arguments: [{name: kind}]}]\n`,
      `${FILES['models/all.yml']}exposures: [{name: e, type: ml, owner: {name: o}, depends_on: ["ref('b')"]}]\n`,
      `${FILES['models/all.yml']}unit_tests: [{name: u, model: b, given: [{input: ref('s')}], expect: {rows: []}}]\n`,
    ),
  }),
  fc.record({ path: fc.constant('models/text.md'), text: fc.constantFrom(...['one', 'two'].map(block)) }),
  fc.record({ path: fc.constant('seeds/s.csv'), text: fc.constantFrom('id\n1\n', 'id\n2\n', undefined) }),
  fc.record({ path: fc.constant('.dbtignore'), text: fc.constantFrom('c.sql\n', '', undefined) }),
  fc.record({ path: fc.constant('macros/names.sql'), text: namings }),
);
const arounds = fc.record({
  vars: fc.constantFrom<ReadonlyMap<string, Value>>(new Map(), new Map([['deep', true]]), new Map([['kind', 'view']])),
  env: fc.constantFrom<Record<string, string>>({}, { TAG: 'one' }, { TAG: 'two' }),
  invocation: fc.record({
    which: fc.constantFrom('parse', 'run'),
    startedAt: fc.constantFrom(new Date(0), new Date(86_400_000)),
  }),
});
const damages = fc.constantFrom<(content: Buffer) => Buffer>(
  (content) => content,
  (content) => content.subarray(0, content.length >> 1),
  () => Buffer.from('no cache'),
  (content) => {
    const other = Buffer.from(content);
    if (other.length > 0) other[other.length - 1]! ^= 1;
    return other;
  },
);

test('a project that is loaded with what was kept is the one that is loaded without (property)', () => {
  const step = fc.record({ edits: fc.array(edits, { maxLength: 2 }), around: arounds, damage: damages });
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 8 }), (steps) => {
      using files = new Files();
      files.write(FILES);
      for (const { edits: list, around, damage } of steps) {
        for (const { path, text } of list) files.write({ [path]: text });
        assert.deepEqual(loaded(files.root, around, files.cache).all, loaded(files.root, around).all);
        for (const path of [files.cache, join(dirname(files.cache), 'partial_parse_nodes.millrace')]) {
          const kept = contentOf(path);
          if (kept !== undefined) writeFileSync(path, damage(kept));
        }
      }
    }),
    { numRuns: 80 },
  );
});

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

test('only what changed is parsed again', () => {
  using files = new Files();
  files.write({
    ...FILES,
    'models/c.sql': "{{ config(tags=[env_var('TAG', 'none') ~ '']) }}select 1",
    'models/d.sql': '{% if flags.WHICH %}select 1{% endif %}',
  });
  const parsed = (around = AROUND) => loaded(files.root, around, files.cache).parsed;
  assert.equal(parsed(), 5, 'four models and a test');
  assert.equal(parsed(), 1, 'what asks for the command line is always parsed');
  files.write({ 'models/b.sql': '{% if true %}select 3 as id{% endif %}' });
  assert.equal(parsed(), 2);
  assert.equal(parsed({ ...AROUND, env: { TAG: 'one' } }), 2, 'of the environment only c reads something');
  assert.equal(parsed({ ...AROUND, vars: new Map([['any', 1]]) }), 5);
  files.write({ 'macros/make.sql': `${FILES['macros/make.sql']} ` });
  assert.equal(parsed(), 5);
  assert.equal(parsed(), 1);
  files.write({ 'macros/chance.sql': "{% macro chance() %}{{ ['a', 'b'] | random }}{% endmacro %}" });
  assert.deepEqual([parsed(), parsed()], [5, 5], 'a macro of chance');
});

test('what was read from the environment is not in the file', () => {
  using files = new Files();
  files.write({ ...FILES, 'models/c.sql': "{% if env_var('TAG') == 'hidden-value' %}select 1{% endif %}" });
  loaded(files.root, { ...AROUND, env: { TAG: 'hidden-value' } }, files.cache);
  assert.ok(!readFileSync(files.cache).includes('hidden-value'));
});

test('nodes are taken from the load before where no more than code has changed that calls the same', () => {
  using files = new Files();
  files.write({
    ...FILES,
    'models/c.sql': "{{ config(tags=[env_var('TAG', 'none') ~ '']) }}select 1",
    'seeds/s.csv': 'id\n1\n',
  });
  const changed = (around = AROUND) => loaded(files.root, around, files.cache).changed;
  const after = (edits: Readonly<Record<string, string | undefined>>) => {
    files.write(edits);
    return changed();
  };
  const a = 'model.small.a';
  assert.equal(changed(), undefined, 'nothing is kept yet');
  assert.deepEqual(changed(), []);
  assert.deepEqual(after({ 'models/a.sql': "{% do make('a') %}select 2 as id" }), [a]);
  assert.deepEqual(changed(), [a], 'as compared with what was kept');
  assert.deepEqual(after({ 'models/a.sql': FILES['models/a.sql'] }), [], 'as it was');
  assert.equal(after({ 'models/a.sql': "{% do make('b') %}select 1 as id" }), undefined, 'another tag');
  assert.deepEqual(changed(), []);
  assert.equal(changed({ ...AROUND, env: { TAG: 'one' } }), undefined);
  assert.deepEqual(changed({ ...AROUND, env: { TAG: 'one', OTHER: 'x' } }), []);
  assert.equal(changed({ ...AROUND, vars: new Map([['any', 1]]) }), undefined);
  changed();
  for (const edits of [
    { 'models/new.sql': 'select 1' },
    { 'models/new.sql': undefined },
    { 'seeds/s.csv': 'id\n2\n' },
    { 'models/all.yml': FILES['models/all.yml'].replace('3', '4') },
    { 'macros/make.sql': `${FILES['macros/make.sql']} ` },
    { 'dbt_project.yml': FILES['dbt_project.yml'].replace('table', 'view') },
    { '.dbtignore': 'c.sql\n' },
  ]) {
    assert.equal(after(edits), undefined, Object.keys(edits)[0]);
    assert.deepEqual(changed(), []);
  }
});

test('what code tells is told in each load, and such code alone is read', () => {
  using files = new Files();
  files.write({ ...FILES, 'models/c.sql': "{% do log('said', info=true) %}select 1" });
  const { all, changed } = [0, 1].map(() => loaded(files.root, AROUND, files.cache)).at(-1)!;
  assert.deepEqual(changed, ['model.small.c']);
  assert.deepEqual((all as { told: string[] }).told, ['said']);
});
