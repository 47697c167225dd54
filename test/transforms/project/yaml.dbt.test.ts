import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Places } from '../../../transforms/project/places.ts';
import { reprOf } from '../../../transforms/project/python-text.ts';
import { yamlText } from '../../../transforms/project/yaml-file.ts';
import { readFullYaml } from '../../../transforms/project/yaml-full.ts';
import { readPlainYaml } from '../../../transforms/project/yaml-plain.ts';
import { fc, seed } from '../../random.ts';
import { askYaml, type YamlAnswer } from './oracle.ts';

const CASES = readFileSync(join(import.meta.dirname, 'yaml-cases.txt'), 'utf8').split('\n====\n');

function ours(source: string): string | undefined {
  const text = yamlText(source);
  try {
    return reprOf(readFullYaml(text, new Places('x.yml', text)));
  } catch {
    return undefined;
  }
}

function plain(text: string): string | undefined {
  const found = readPlainYaml(text, new Places('x.yml', text));
  return found === undefined ? undefined : reprOf(found.value);
}

/** What we refuse or take beyond PyYAML; the comment of `readFullYaml` says so too. */
const OTHERWISE: Readonly<Record<string, string | undefined>> = {
  'a: !!omap [x: 1, y: 2]': undefined,
  'a: !!pairs [x: 1, x: 2]': undefined,
  'a: "a\nb"': undefined,
  '- \tx': "['x']",
};

/** Where PyYAML's two scanners differ, dbt's is libyaml's. */
function compare(text: string, { c }: YamlAnswer): void {
  const wanted = text in OTHERWISE ? OTHERWISE[text] : c.value;
  assert.equal(ours(text), wanted, `${JSON.stringify(text)}: ${c.error ?? 'a value'}`);
  const quick = plain(text);
  if (quick !== undefined) assert.equal(quick, c.value, `by the plain reader: ${JSON.stringify(text)}`);
}

test('every case of YAML 1.1 gives the value or the refusal that PyYAML gives', async () => {
  const answers = await askYaml(CASES);
  assert.ok(CASES.length > 100, `only ${CASES.length} cases`);
  for (const [index, text] of CASES.entries()) compare(text, answers[index]!);
});

test('random scalars give what PyYAML gives', async () => {
  const word = fc.oneof(
    fc.stringMatching(/^[-+]?[0-9_]{1,6}$/),
    fc.stringMatching(/^[-+]?0[box]?[0-9a-f_]{0,6}$/),
    fc.stringMatching(/^[-+]?[0-9]{0,3}\.[0-9_]{0,4}([eE][-+]?[0-9]{1,2})?$/),
    fc.stringMatching(/^[-+]?[0-9]{1,3}(:[0-9]{1,2}){1,3}(\.[0-9]{0,3})?$/),
    fc.stringMatching(
      /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ][0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]{0,7})?( ?(Z|[-+][0-9]{1,2}(:[0-9]{2})?))?)?$/,
    ),
    fc.constantFrom(
      'yes',
      'Yes',
      'yEs',
      'y',
      'n',
      'no',
      'on',
      'OFF',
      'true',
      'null',
      'Null',
      '~',
      '.inf',
      '-.INF',
      '.nan',
      '=',
      '<<',
    ),
    fc.double().map(String),
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
  );
  const texts = fc.sample(word, { numRuns: 3000, seed }).map((scalar) => `a: ${scalar}`);
  const answers = await askYaml(texts);
  for (const [index, text] of texts.entries()) compare(text, answers[index]!);
});

test('random documents give what PyYAML gives, and the plain reader gives the same wherever it answers', async () => {
  // Of two maps that are merged PyYAML 6.0.4 keeps keys apart by the identity of their strings, which is chance: YAML says that the first has it.
  const texts = fc.sample(documents(), { numRuns: 1500, seed }).filter((text) => !MERGES_TWO.test(text));
  const answers = await askYaml(texts);
  let quick = 0;
  for (const [index, text] of texts.entries()) {
    compare(text, answers[index]!);
    if (plain(text) !== undefined) quick += 1;
  }
  assert.ok(quick > texts.length / 4, `the plain reader read only ${quick}`);
});

type Tree = { scalar: string } | { list: Tree[] } | { map: [string, Tree][] };

const MERGES_TWO = /<<:\s*\n( *)- [\s\S]*\n\1- /;

/** Block structures as people write them, some with wrong indentation. */
function documents(): fc.Arbitrary<string> {
  const usual = [
    'a',
    'two words',
    '12',
    '012',
    '1.50',
    'yes',
    '2024-02-29',
    '"quoted: text"',
    "'single # mark'",
    '',
    '[]',
  ];
  const plain = [
    ...usual,
    '[a, b]',
    '[\'x\', "y", 1]',
    'a#b',
    'a # remark',
    '"a" # remark',
    'http://x.y/z',
    'a:b',
    '-1',
    '"{{ x }}"',
  ];
  const flow = ['[a, [b]]', '{}', '{a: 1, b: [2]}', '{{ x }}', "'it''s'", '"tab\\tbed"', '!!str 12', '| \n      text'];
  const rare = [...flow, 'null', '- x', '&anchor v', '*anchor', '@x', '%x', 'x: y'];
  const scalar = fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(...plain) },
    { weight: 1, arbitrary: fc.constantFrom(...rare) },
  );
  const key = fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom('name', 'data_tests', '+tags', 'a b', 'x-y', 'columns', 'k') },
    { weight: 1, arbitrary: fc.constantFrom('on', '"quoted"', '1', '<<') },
  );
  const tree = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      scalar.map((text): Tree => ({ scalar: text })),
      fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((list): Tree => ({ list })),
      fc
        .uniqueArray(fc.tuple(key, tie('tree')), { minLength: 1, maxLength: 4, selector: ([name]) => name })
        .map((map): Tree => ({ map })),
    ),
  })).tree;
  const shape = fc.record({
    step: fc.constantFrom(1, 2, 4),
    flush: fc.boolean(),
    remark: fc.boolean(),
    slip: fc.nat(90),
  });
  return fc.tuple(tree, shape).map(([root, { step, flush, remark, slip }]) => {
    const lines = written(root, 0, step, flush);
    if (slip < lines.length) lines[slip] = ` ${lines[slip]}`;
    return `${remark ? '# a remark\n\n' : ''}${lines.join('\n')}\n`;
  });
}

function written(tree: Tree, indent: number, step: number, flush: boolean): string[] {
  const pad = ' '.repeat(indent);
  if ('scalar' in tree) return [`${pad}${tree.scalar}`];
  if ('list' in tree) {
    return tree.list.flatMap((item) => {
      const [first, ...rest] = written(item, indent + 2, step, flush);
      return [`${pad}- ${first!.slice(indent + 2)}`, ...rest];
    });
  }
  return tree.map.flatMap(([key, value]) => {
    if ('scalar' in value) return [`${pad}${key}: ${value.scalar}`];
    const inner = 'list' in value && flush ? indent : indent + step;
    return [`${pad}${key}:`, ...written(value, inner, step, flush)];
  });
}
