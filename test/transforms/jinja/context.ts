import { Returned } from '../../../transforms/jinja/run/frame.ts';
import { PyDate } from '../../../transforms/jinja/value/date.ts';
import { PyDateTime } from '../../../transforms/jinja/value/datetime.ts';
import { PyDecimal } from '../../../transforms/jinja/value/decimal.ts';
import { Dict } from '../../../transforms/jinja/value/dict.ts';
import { PyFloat } from '../../../transforms/jinja/value/number.ts';
import type { Value } from '../../../transforms/jinja/value/object.ts';
import { BuiltinFunction } from '../../../transforms/jinja/value/object.ts';
import { PySet } from '../../../transforms/jinja/value/set.ts';
import { TimeDelta } from '../../../transforms/jinja/value/timedelta.ts';
import { Tuple } from '../../../transforms/jinja/value/tuple.ts';

/** What every template of the corpus is rendered with, as the oracle is told it. */
export const sample = {
  n: 1,
  f: { $float: '1.5' },
  s: 'text',
  l: [1, 2, 3],
  d: { a: 1, b: 'two', c: [3] },
  t: { $tuple: [1, 'x'] },
  st: { $set: [3, 1, 2] },
  big: { $int: '123456789012345678901234567890' },
  dec: { $decimal: '12.50' },
  dt: { $datetime: '2024-02-29T13:14:15.000160' },
  day: { $date: '2024-02-29' },
  nested: { a: { b: [1, { c: 'deep' }] } },
  tree: [
    {
      name: 'a',
      children: [
        { name: 'b', children: [] },
        { name: 'c', children: [{ name: 'd', children: [] }] },
      ],
    },
    { name: 'e', children: [] },
  ],
};

const TAGS: Readonly<Record<string, (body: never) => Value>> = {
  $tuple: (body: unknown[]) => new Tuple(body.map(untagged)),
  $set: (body: unknown[]) => PySet.of(body.map(untagged)),
  $dict: (body: [unknown, unknown][]) => Dict.of(body.map(([key, item]) => [untagged(key), untagged(item)] as const)),
  $float: (body: string) => new PyFloat(body === 'inf' ? Infinity : body === '-inf' ? -Infinity : Number(body)),
  $int: (body: string) => (Number.isSafeInteger(Number(body)) ? Number(body) : BigInt(body)),
  $decimal: (body: string) => PyDecimal.parse(body),
  $date: (body: string) => PyDate.fromIso(body),
  $datetime: (body: string) => PyDateTime.fromIso(body),
  $timedelta: ([days, seconds, micros]: [number, number, number]) => TimeDelta.of(days, seconds, micros),
};

/** Tagged JSON as the engine's values. */
export function untagged(data: unknown): Value {
  if (Array.isArray(data)) return data.map(untagged);
  if (typeof data !== 'object' || data === null) return data as Value;
  const entries = Object.entries(data);
  const [first] = entries;
  if (entries.length === 1 && first !== undefined && first[0] in TAGS) return TAGS[first[0]]!(first[1] as never);
  return Dict.of(entries.map(([key, item]) => [key, untagged(item)] as const));
}

/** dbt's `return`. */
export const returning = new BuiltinFunction('return', ([value = null]) => {
  throw new Returned(value);
});

/** The names of a render, with what the oracle adds to every context. */
export function namesFrom(context: Readonly<Record<string, unknown>>): Map<string, Value> {
  const names = Object.entries(context).map(([name, data]) => [name, untagged(data)] as const);
  return new Map([...names, ['return', returning]]);
}
