import assert from 'node:assert/strict';
import test from 'node:test';
import type { ColumnType } from '../../connectors/contract/index.ts';
import { meaning } from '../../connectors/sync/spelling.ts';
import { fc } from '../random.ts';

const json: ColumnType = { kind: 'json' };
const vector: ColumnType = { kind: 'vector' };

const same = (a: string, b: string) => assert.equal(meaning(json, a), meaning(json, b), `${a} ${b}`);
const other = (a: string, b: string) => assert.notEqual(meaning(json, a), meaning(json, b), `${a} ${b}`);

test('documents that say the same are equal, however they are written', () => {
  same('{"b": 1, "aa": [1, {"d": null, "c": true}]}', '{"aa":[1,{"c":true,"d":null}],"b":1}');
  same('[1.0, 1e2, 1e100, 0.1, -0]', '[1, 100, 1e+100, 1e-1, 0]');
  same('"\\u00e9\\n\\/"', '"é\\u000a/"');
});

test('documents that say something else are not', () => {
  other('9007199254740993', '9007199254740992');
  other('18446744073709551615', '18446744073709551614');
  other('0.1', '0.10000000000000002');
  other('1', '"1"');
  other('null', '"null"');
  other('[]', '{}');
  other('["object",["a",1]]', '{"a":1}');
  other('["number","1"]', '1');
  other('["array",1]', '[1]');
  other('[1,2]', '[2,1]');
  other('{"a":1,"b":2}', '{"a":2,"b":1}');
  other('{"__proto__":1}', '{}');
});

test('any two documents are equal only if they are', () => {
  const sorted = (value: unknown): string =>
    JSON.stringify(value, (_, part: unknown) =>
      typeof part === 'object' && part !== null && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    );
  const small = fc.jsonValue({ maxDepth: 2, depthSize: 'small' });
  const property = fc.property(small, small, (a, b) => {
    const [x, y] = [JSON.stringify(a), JSON.stringify(b)];
    assert.equal(meaning(json, x) === meaning(json, y), sorted(JSON.parse(x)) === sorted(JSON.parse(y)));
  });
  fc.assert(property, { numRuns: 500 });
});

test('vectors are equal as bytes and as numbers', () => {
  const bytes = Buffer.alloc(12);
  for (const [i, number] of [1, 0.1, -3e38].entries()) bytes.writeFloatLE(number, 4 * i);
  assert.equal(meaning(vector, bytes.toString('hex').toUpperCase()), meaning(vector, '[1,0.1,-3e38]'));
  assert.notEqual(meaning(vector, bytes.toString('hex').toUpperCase()), meaning(vector, '[1,0.10000001,-3e38]'));
  assert.equal(meaning(vector, null), null);
});
