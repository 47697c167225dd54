import { fc } from '../../random.ts';

/** Templates at random: most of them make sense, for what fails at once says little. */

const NAMES = ['n', 'f', 's', 'l', 'd', 't', 'big', 'dec', 'dt', 'day', 'nested', 'x', 'y', 'missing'];
const ATTRIBUTES = ['a', 'b', 'c', 'zz', 'year', 'days', 'items', 'x'];
const BINARY = ['+', '-', '*', '/', '//', '%', '~', 'and', 'or'];
const COMPARE = ['==', '!=', '<', '<=', '>', '>=', 'in', 'not in'];
const FILTERS = [
  'abs',
  'capitalize',
  'count',
  'd',
  'default("q")',
  'default("q", true)',
  'dictsort',
  'e',
  'first',
  'float',
  'int',
  'int(5)',
  'join',
  'join("-")',
  'last',
  'length',
  'list',
  'lower',
  'map("string") | list',
  'map("upper") | list',
  'max',
  'min',
  'replace("a", "b")',
  'reject("none") | list',
  'reverse | list',
  'round',
  'round(1)',
  'round(-1)',
  'select | list',
  'select("string") | list',
  'sort',
  'sort(reverse=true)',
  'string',
  'sum',
  'title',
  'tojson',
  'trim',
  'truncate(5)',
  'unique | list',
  'upper',
  'batch(2) | list',
  'wordcount',
  'indent(2)',
  'center(9)',
];
const TESTS = [
  'boolean',
  'callable',
  'defined',
  'divisibleby(2)',
  'divisibleby 3',
  'even',
  'false',
  'float',
  'integer',
  'iterable',
  'lower',
  'mapping',
  'none',
  'number',
  'odd',
  'sequence',
  'string',
  'true',
  'undefined',
  'upper',
  'in [1, 2, "a"]',
  'eq 1',
  'not none',
  'not string',
];
const METHODS = [
  'upper()',
  'lower()',
  'title()',
  'strip()',
  'split()',
  'split("a")',
  'split("e", 1)',
  'rsplit("e", 1)',
  'splitlines()',
  'replace("e", "E")',
  'startswith("t")',
  'find("t")',
  'count("t")',
  'center(9, "*")',
  'zfill(6)',
  'partition("x")',
  'isdigit()',
  'format(1, 2)',
  'get("a")',
  'get("q", 3)',
  'keys() | list',
  'values() | list',
  'items() | list',
  'index(1)',
  'append(1)',
  'pop()',
  'pop("a")',
  'copy()',
  'join(["a", "b"])',
  'isoformat()',
  'strftime("%Y/%j")',
  'bit_length()',
];
const FORMATS = ['%s', '%d', '%5.2f|', '%-6s|', '%05d', '%x', '%r', '%e', '%g', '%s-%s', '%%'];
const SPECS = ['', ':>8', ':<8', ':^9', ':08.3f', ':,', ':.3', ':+d', ':x', ':e', ':g', ':%', ':_^7', '!r', '!s:>5'];

const integer = fc.oneof(fc.integer({ min: -20, max: 20 }), fc.bigInt({ min: 2n ** 64n, max: 2n ** 70n })).map(String);
const float = fc
  .oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  )
  .map((value) => {
    const text = String(value);
    return /[.e]/.test(text) ? text.replace(/^(-?\d+)e/, '$1.0e') : `${text}.0`;
  });
const word = fc.string({
  unit: fc.constantFrom('a', 'b', 'T', 'e', 'x', ' ', '1', '-', 'é', 'ß', '😀', '<', "\\'", '\\n', '_', '%', '{', '}'),
  maxLength: 6,
});
const text = word.map((value) => `'${value.replace(/\{(?=[{%#])|[%}](?=\})/g, '')}'`);

interface Trees {
  readonly expression: string;
  readonly body: string;
}

const { expression, body } = fc.letrec<Trees>((tie) => {
  const inner = tie('expression');
  const list = fc.array(inner, { maxLength: 3 });
  return {
    expression: fc.oneof(
      { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
      integer,
      float,
      text,
      fc.constantFrom(...NAMES, 'true', 'false', 'none'),
      list.map((items) => `[${items.join(', ')}]`),
      list.map((items) => `(${items.join(', ')}${items.length === 1 ? ',' : ''})`),
      fc
        .array(fc.tuple(text, inner), { maxLength: 2 })
        .map((pairs) => `{${pairs.map((pair) => pair.join(': ')).join(', ')}}`),
      fc.tuple(inner, fc.constantFrom(...BINARY), inner).map((parts) => `(${parts.join(' ')})`),
      fc.tuple(inner, fc.constantFrom(...BINARY), inner).map((parts) => parts.join(' ')),
      fc.tuple(inner, fc.constantFrom('0', '2', '3', '-1', '0.5')).map((parts) => `(${parts.join(' ** ')})`),
      fc.tuple(inner, fc.constantFrom(...COMPARE), inner).map((parts) => `(${parts.join(' ')})`),
      fc
        .tuple(inner, fc.constantFrom(...COMPARE), inner, fc.constantFrom(...COMPARE), inner)
        .map((parts) => `(${parts.join(' ')})`),
      inner.map((value) => `not ${value}`),
      inner.map((value) => `(-${value})`),
      fc.tuple(inner, inner, inner).map(([yes, test, no]) => `(${yes} if ${test} else ${no})`),
      fc.tuple(inner, fc.constantFrom(...ATTRIBUTES)).map(([of, name]) => `(${of}).${name}`),
      fc.tuple(inner, inner).map(([of, key]) => `(${of})[${key}]`),
      fc
        .tuple(
          fc.oneof(
            text,
            list.map((items) => `[${items.join(', ')}]`),
            fc.constantFrom('s', 'l', 't'),
          ),
          fc.constantFrom('1:', ':-1', '::-1', '::2', '1:3', '-2:'),
        )
        .map(([of, bounds]) => `(${of})[${bounds}]`),
      fc.tuple(inner, fc.constantFrom(...FILTERS)).map(([value, filter]) => `(${value} | ${filter})`),
      fc.tuple(inner, fc.constantFrom(...TESTS)).map(([value, test]) => `(${value} is ${test})`),
      fc.tuple(inner, fc.constantFrom(...METHODS)).map(([of, method]) => `(${of}).${method}`),
      fc.tuple(fc.constantFrom(...FORMATS), inner).map(([format, value]) => `('${format}' % ${value})`),
      fc.tuple(fc.constantFrom(...SPECS), inner).map(([spec, value]) => `'{${spec}}'.format(${value})`),
    ),
    body: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      fc.constantFrom('text', ' ', '\n', '  \n  ', ''),
      inner.map((value) => `{{ ${value} }}`),
      fc.tuple(fc.constantFrom('x', 'y', 'n', 's'), inner).map(([name, value]) => `{% set ${name} = ${value} %}`),
      fc.tuple(tie('body'), tie('body')).map((parts) => parts.join('')),
      fc
        .tuple(dash(), inner, tie('body'), tie('body'))
        .map(([cut, test, yes, no]) => `{%${cut} if ${test} ${cut}%}${yes}{% else %}${no}{%${cut} endif %}`),
      fc
        .tuple(dash(), fc.constantFrom('x', 'y', 'n'), inner, tie('body'))
        .map(([cut, name, over, inside]) => `{% for ${name} in ${over} ${cut}%}${inside}{%${cut} endfor %}`),
      fc
        .tuple(inner, inner, tie('body'))
        .map(
          ([over, test, inside]) =>
            `{% for x in ${over} if ${test} %}${inside}{{ loop.index }}{% if loop.last %}!{% endif %}{% else %}-{% endfor %}`,
        ),
      fc
        .tuple(tie('body'), inner, inner)
        .map(
          ([inside, first, second]) =>
            `{% macro m(x, y=${first}) %}${inside}{% endmacro %}{{ dbt_macro__m(${second}) }}`,
        ),
      fc
        .tuple(fc.constantFrom('x', 'y'), tie('body'))
        .map(([name, inside]) => `{% set ${name} %}${inside}{% endset %}{{ ${name} }}`),
      fc.tuple(inner, tie('body')).map(([value, inside]) => `{% with x = ${value} %}${inside}{% endwith %}`),
      fc
        .tuple(inner, tie('body'))
        .map(([test, inside]) => `{% for i in [1, 2, 3] %}{% if ${test} %}{% break %}{% endif %}${inside}{% endfor %}`),
      fc
        .tuple(fc.constantFrom('upper', 'trim', 'title', 'length'), tie('body'))
        .map(([filter, inside]) => `{% filter ${filter} %}${inside}{% endfilter %}`),
      inner.map((value) => `{% do l.append(${value}) %}`),
    ),
  };
});

function dash(): fc.Arbitrary<string> {
  return fc.constantFrom('', '', '-');
}

export { body as randomTemplate, expression as randomExpression };
