import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BuiltinFunction,
  contextFunctions,
  LibraryMacro,
  namesOf,
  PyObject,
  Template,
  TemplateError,
  type Value,
} from '../../../transforms/jinja/index.ts';
import { fc } from '../../random.ts';

function render(source: string, names: Record<string, Value> = {}): string {
  return new Template(source).render(namesOf(names));
}

function failure(run: () => unknown): TemplateError {
  try {
    run();
  } catch (thrown) {
    assert.ok(thrown instanceof TemplateError, String(thrown));
    return thrown;
  }
  throw new assert.AssertionError({ message: 'nothing was thrown' });
}

/** A render's names with macros of a library, which see the same names. */
function library(macros: Record<string, string>, names: Record<string, Value>, waits: boolean): Map<string, Value> {
  const all = new Map<string, Value>([...contextFunctions, ...Object.entries(names)]);
  for (const [name, source] of Object.entries(macros)) {
    const template = new Template(source, { name: `macros/${name}.sql`, firstLine: 10 });
    all.set(name, new LibraryMacro(name, template, { names: all, waits }));
  }
  return all;
}

const MACROS = {
  outer: '{% macro outer(x) %}\n{% set y = inner(x) %}\n{{ return(y + 1) }}never{% endmacro %}',
  inner: '{% macro inner(x) %}\n\n{{ return(lookup(x)) }}\n{% endmacro %}',
  wrap: '{% macro wrap() %}<{{ caller() }}>{% endmacro %}',
};

test('macros of a library call each other, and give what they return', () => {
  const lookup = new BuiltinFunction('lookup', ([x]) => (x as number) * 10);
  const names = library(MACROS, { lookup }, false);
  assert.equal(new Template('{{ outer(4) + 1 }} {% call wrap() %}b{% endcall %}').render(names), '42 <b>');
});

test('a render waits for functions that give promises, in macros too', async () => {
  const lookup = new BuiltinFunction('lookup', async ([x]) => {
    await Promise.resolve();
    return (x as number) * 10;
  });
  const source = '{% for i in [1, 2] if lookup(i) > 10 %}{{ outer(i) }},{{ loop.length }}{% endfor %}';
  assert.equal(await new Template(source).renderWaiting(library(MACROS, { lookup }, true)), '21,1');
});

test('a promise in a render that does not wait is refused', () => {
  const lookup = new BuiltinFunction('lookup', async () => 1);
  assert.match(failure(() => render('{{ lookup() }}', { lookup })).message, /while parsing/);
});

test('sixteen renders side by side do not meet', async () => {
  const template = new Template(
    '{% set ns = namespace(sum=0) %}{% for i in range(9) %}{% set ns.sum = ns.sum + outer(me) %}{% endfor %}{{ me }}:{{ ns.sum }}\n' +
      '{% if me == 7 %}{{ fail() }}{% endif %}',
    { name: 'model.sql' },
  );

  const results = await Promise.allSettled(
    Array.from({ length: 16 }, (_value, me) => {
      const lookup = new BuiltinFunction('lookup', async ([x]) => {
        for (let turn = 0; turn <= me % 4; turn++) await Promise.resolve();
        return (x as number) * 100;
      });
      return template.renderWaiting(library(MACROS, { me, lookup }, true));
    }),
  );
  for (const [me, result] of results.entries()) {
    if (me === 7) {
      assert.ok(result.status === 'rejected' && result.reason instanceof TemplateError);
      assert.deepEqual(result.reason.at, { template: 'model.sql', line: 2 });
      assert.deepEqual(result.reason.macros, []);
    } else assert.deepEqual(result, { status: 'fulfilled', value: `${me}:${(me * 100 + 1) * 9}\n` });
  }
});

test('an error says file, line, macros and the lines around', () => {
  const lookup = new BuiltinFunction('lookup', () => new Template('{{ 1 / 0 }}').render(new Map()));
  const names = library({ ...MACROS, inner: '{% macro inner(x) %}\n\n{{ x.y.z }}\n{% endmacro %}' }, { lookup }, false);
  const error = failure(() => new Template('select\n  {{ outer({}) }}', { name: 'models/a.sql' }).render(names));
  assert.equal(error.type, 'UndefinedError');
  assert.equal(error.message, "'dict object' has no attribute 'y'");
  assert.deepEqual(error.at, { template: 'macros/inner.sql', line: 12 });
  assert.deepEqual(error.macros, [
    { macro: 'outer', template: 'models/a.sql', line: 2 },
    { macro: 'inner', template: 'macros/outer.sql', line: 11 },
  ]);
  assert.match(error.excerpt!, /^ {2}10 \| \{% macro inner.*\n {2}11 \| \n> 12 \| \{\{ x\.y\.z \}\}\n {2}13 \|/s);
  assert.match(
    error.report(),
    /macros\/inner\.sql:12\n {2}in macro inner, called at macros\/outer\.sql:11\n {2}in macro outer/,
  );
});

test('a syntax error says its line in the file', () => {
  const error = failure(() => new Template('a\n{% if x %}\n{{ 1 + }}', { name: 'm.sql', firstLine: 5 }));
  assert.equal(error.type, 'TemplateSyntaxError');
  assert.deepEqual(error.at, { template: 'm.sql', line: 7 });
});

test('what a function of the host throws is the cause', () => {
  const cause = new Error('no such table');
  const query = new BuiltinFunction('query', () => {
    throw cause;
  });
  const error = failure(() => render('\n\n{{ query() }}', { query }));
  assert.equal(error.type, 'HostError');
  assert.equal(error.cause, cause);
  assert.equal(error.at.line, 3);
});

class Relation extends PyObject {
  readonly typeName = 'Relation';
  readonly secret = 'hidden';

  override attribute(name: string): Value | undefined {
    return name === 'schema' ? 'main' : undefined;
  }

  override text(): string {
    return 'main.t';
  }
}

const HOST_NAMES = [
  'constructor',
  'prototype',
  '__proto__',
  '__defineGetter__',
  'valueOf',
  'toString',
  'hasOwnProperty',
  'secret',
  'attribute',
  'invoke',
  'call',
  'apply',
  'bind',
  'process',
  'globalThis',
  'Function',
  'require',
  'this',
  'X',
  'F',
  'R',
  'K',
  'o',
];

test('a template reaches nothing of the host', () => {
  const values: Record<string, Value> = {
    relation: new Relation(),
    list: [1],
    text: 'a',
    number: 1,
    fn: contextFunctions.get('zip')!,
  };
  for (const name of HOST_NAMES) {
    assert.equal(render(`{{ ${name} is defined }}`, values), 'False', name);
    for (const of of Object.keys(values)) {
      assert.equal(
        render(
          `{{ ${of}.${name} is defined }}{{ ${of}['${name}'] is defined }}{{ ${of}|attr('${name}') is defined }}`,
          values,
        ),
        'FalseFalseFalse',
        `${of}.${name}`,
      );
    }
    for (const literal of [
      '{}',
      '[]',
      '""',
      '1',
      '1.5',
      'none',
      'range(3)',
      'namespace()',
      'cycler(1)',
      '().count',
      '(1, 2)',
    ]) {
      assert.equal(render(`{{ (${literal}).${name} is defined }}`), 'False', `${literal}.${name}`);
    }
  }
  assert.equal(render('{{ relation.schema }} {{ relation }}', values), 'main main.t');
});

test('no name or text of a template becomes code', () => {
  const nasty = fc.stringMatching(/^[`$'"\\{}()/*;\n\u2028a-z]{0,12}$/).filter((text) => !/\{[{%#]/.test(text));
  fc.assert(
    fc.property(nasty, (text) => {
      const quoted = `'${text.replace(/[\\']/g, '\\$&')}'`;
      assert.equal(new Template(`{{ ${quoted} }}`).render(new Map()), text);
      assert.equal(new Template(`${text}x`).render(new Map()), `${text}x`);
      assert.equal(new Template(`{{ {${quoted}: 1}[${quoted}] }}`).render(new Map()), '1');
    }),
  );
  for (const name of [
    'eval',
    'arguments',
    'await',
    'let',
    'class',
    'new',
    'yield',
    'été',
    'async',
    'null',
    'undefined',
  ]) {
    assert.equal(
      render(
        `{% set ${name} = 1 %}{% macro m(${name}) %}{{ ${name} }}{% endmacro %}{{ ${name} }}{{ dbt_macro__m(2) }}`,
      ),
      '12',
    );
  }
});

test('what never ends, or grows without end, is stopped', () => {
  const cases = [
    '{% set l = [1] %}{% for i in l %}{% do l.append(i) %}{% endfor %}',
    '{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}',
    '{% macro m() %}{{ dbt_macro__m() }}{% endmacro %}{{ dbt_macro__m() }}',
    "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    '{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}',
    "{{ 'a' * 10 ** 12 }}",
    '{{ [1] * 10 ** 12 }}',
    "{{ '%999999999999d' % 1 }}",
    "{{ '{:999999999999}'.format(1) }}",
    "{{ 'a'.center(10 ** 12) }}",
    '{{ 10 ** (10 ** 10) }}',
    '{{ 10 ** 5000 }}',
    '{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}',
    '{% set ns = namespace(x={}) %}{% for i in range(60) %}{% set ns.x = {1: ns.x, 2: (ns.x,)} %}{% endfor %}{{ ns.x }}',
    '{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson }}',
    `{{ ${'('.repeat(20_000)}1${')'.repeat(20_000)} }}`,
  ];
  for (const source of cases) {
    const error = failure(() => new Template(source).render(new Map(), { limits: { fuel: 3_000_000 } }));
    assert.match(
      error.type,
      /LimitError|RecursionError|ValueError|OverflowError|TemplateSyntaxError/,
      source.slice(0, 100),
    );
  }
});

test('a template keeps nothing of a render', () => {
  const template = new Template(
    '{% set l = [] %}{% do l.append(1) %}{% do d.append(2) %}{{ l }}{{ d }}{% macro m() %}{% endmacro %}',
  );
  const once = template.render(namesOf({ d: [] }));
  assert.equal(template.render(namesOf({ d: [] })), once);
  assert.equal(once, '[1][2]');
});

test("dbt's functions of values", () => {
  const names = new Map<string, Value>(contextFunctions);
  const cases: Record<string, string> = {
    'fromjson(\'{"a": [1, 2.0, null, 123456789012345678901]}\')': "{'a': [1, 2.0, None, 123456789012345678901]}",
    "fromjson('nope', 5)": '5',
    "tojson({'b': 1, 'a': (1, 2.5, none)})": '{"b": 1, "a": [1, 2.5, null]}',
    "tojson({'b': 1, 'a': 2}, sort_keys=true)": '{"a": 2, "b": 1}',
    'set([1, 1, 2])': '{1, 2}',
    'set(1, [])': '[]',
    'zip([1, 2], "ab") | list': "[(1, 'a'), (2, 'b')]",
    'zip(1, default=7)': '7',
    'set_strict([3]) == set([3])': 'True',
    'zip_strict([1], [2]) | list': '[(1, 2)]',
  };
  for (const [source, expected] of Object.entries(cases)) {
    assert.equal(new Template(`{{ ${source} }}`).render(names), expected, source);
  }
  assert.equal(failure(() => new Template('{{ set_strict(1) }}').render(names)).type, 'TypeError');
  assert.equal(failure(() => new Template('{{ zip_strict(1) }}').render(names)).type, 'TypeError');
});
