import { add } from '../value/arithmetic.ts';
import { truth } from '../value/compare.ts';
import { checkList, typeError } from '../value/error.ts';
import { each, iterate, listOf, PyIterator } from '../value/iterate.ts';
import { BuiltinFunction, bind, type Kwargs, toIndex, type Value } from '../value/object.ts';
import { Tuple } from '../value/tuple.ts';
import { Module } from './module.ts';

type Generate = (args: readonly Value[], kwargs: Kwargs) => Generator<Value>;

function* product(pools: readonly (readonly Value[])[]): Generator<Value> {
  const size = pools.reduce((count, pool) => count * pool.length, 1);
  checkList(size);
  for (let at = 0; at < size; at += 1) {
    let rest = at;
    const row = pools.toReversed().map((pool) => {
      const item = pool[rest % pool.length]!;
      rest = Math.floor(rest / pool.length);
      return item;
    });
    yield new Tuple(row.reverse());
  }
}

/** Places out of `count`, `length` at a time: in order or in every order, each once or often. */
function* places(count: number, length: number, rule: { ordered: boolean; repeated: boolean }): Generator<number[]> {
  const taken: number[] = [];
  function* next(from: number): Generator<number[]> {
    if (taken.length === length) {
      yield [...taken];
      return;
    }
    for (let at = from; at < count; at += 1) {
      if (!rule.repeated && !rule.ordered && taken.includes(at)) continue;
      taken.push(at);
      yield* next(rule.ordered ? (rule.repeated ? at : at + 1) : 0);
      taken.pop();
    }
  }
  yield* next(0);
}

function arranged(name: string, rule: { ordered: boolean; repeated: boolean }): Generate {
  return function* (args, kwargs) {
    const [values, length] = bind(name, ['iterable', name === 'permutations' ? 'r?' : 'r'], args, kwargs);
    const pool = listOf(values!);
    const size = length === undefined || length === null ? pool.length : toIndex(length);
    for (const found of places(pool.length, size, rule)) yield new Tuple(found.map((at) => pool[at]!));
  };
}

const generators: Readonly<Record<string, Generate>> = {
  *chain(args) {
    for (const one of args) yield* each(one);
  },
  *product(args, kwargs) {
    const repeat = toIndex(kwargs.get('repeat') ?? 1);
    yield* product(Array.from({ length: repeat }, () => args.map(listOf)).flat());
  },
  permutations: arranged('permutations', { ordered: false, repeated: false }),
  combinations: arranged('combinations', { ordered: true, repeated: false }),
  combinations_with_replacement: arranged('combinations_with_replacement', { ordered: true, repeated: true }),
  *count(args, kwargs) {
    const [start = 0, step = 1] = bind('count', ['start?', 'step?'], args, kwargs);
    for (let value = start; ; value = add(value, step)) yield value;
  },
  *repeat(args, kwargs) {
    const [value, times] = bind('repeat', ['object', 'times?'], args, kwargs);
    for (let at = 0; times === undefined || at < toIndex(times); at += 1) yield value!;
  },
  *cycle(args) {
    const pool = listOf(args[0]!);
    while (pool.length > 0) yield* pool;
  },
  *islice(args) {
    const [values, ...bounds] = args;
    const numbers = bounds.map((bound) => (bound === null ? undefined : toIndex(bound)));
    const [start = 0, stop = Infinity, step = 1] = bounds.length === 1 ? [0, numbers[0]] : numbers;
    const iterator = iterate(values!);
    for (let at = 0; at < stop; at += 1) {
      const next = iterator.next();
      if (next.done) return;
      if (at >= start && (at - start) % step === 0) yield next.value;
    }
  },
  *compress(args, kwargs) {
    const [data, selectors] = bind('compress', ['data', 'selectors'], args, kwargs);
    const chosen = listOf(selectors!);
    for (const [at, value] of listOf(data!).entries()) if (at < chosen.length && truth(chosen[at]!)) yield value;
  },
  *accumulate(args, kwargs) {
    const [values, operation = null] = bind('accumulate', ['iterable', 'func?'], args, kwargs);
    if (operation !== null) throw typeError('accumulate() adds, and takes no other function here');
    let sum: Value | undefined;
    for (const value of each(values!)) {
      sum = sum === undefined ? value : add(sum, value);
      yield sum;
    }
  },
  *zip_longest(args, kwargs) {
    const pools = args.map(listOf);
    const fill = kwargs.get('fillvalue') ?? null;
    for (let at = 0; at < Math.max(0, ...pools.map((pool) => pool.length)); at += 1) {
      yield new Tuple(pools.map((pool) => pool[at] ?? fill));
    }
  },
};

/** What dbt shows of `itertools`, but for what takes a function. */
export const itertoolsModule = new Module(
  new Map<string, Value>(
    Object.entries(generators).map(([name, generate]) => [
      name,
      new BuiltinFunction(name, (args, kwargs) => new PyIterator(generate(args, kwargs), name)),
    ]),
  ),
);
