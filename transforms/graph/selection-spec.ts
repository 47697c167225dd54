import { millraceError } from '../../connectors/contract/index.ts';

/** Which tests come with what was selected. */
export const indirectModes = ['eager', 'cautious', 'buildable', 'empty'] as const;
export type IndirectMode = (typeof indirectModes)[number];

export const selectionMethods = [
  'fqn',
  'tag',
  'group',
  'access',
  'source',
  'path',
  'file',
  'package',
  'config',
  'test_name',
  'test_type',
  'resource_type',
  'state',
  'exposure',
  'metric',
  'result',
  'source_status',
  'version',
  'semantic_model',
  'saved_query',
  'unit_test',
] as const;
export type SelectionMethod = (typeof selectionMethods)[number];

/** One term: `2+tag:nightly+1`, `@orders`, `config.meta.owner:team`. */
export interface Criterion {
  readonly kind: 'criterion';
  readonly method: SelectionMethod;
  /** What follows the method by dots. */
  readonly arguments: readonly string[];
  /** Text; from a selectors file any value. */
  readonly value: unknown;
  /** `@`: what depends on it, and all that those need. */
  readonly childrensParents: boolean;
  /** How many steps up, infinite for a bare `+`; undefined for none. */
  readonly parents: number | undefined;
  readonly children: number | undefined;
  readonly indirect: IndirectMode;
}

export interface Combination {
  readonly kind: 'union' | 'intersection' | 'difference';
  readonly parts: readonly Selection[];
  readonly indirect: IndirectMode;
  /** What was written, for a note that nothing answers to it. */
  readonly raw?: string;
}

export type Selection = Criterion | Combination;

/** What is selected when nothing is asked for. */
const EVERYTHING = ['fqn:*', 'source:*', 'exposure:*', 'metric:*', 'semantic_model:*'];

const TERM = /^(?<at>@)?(?:(?<up>\d*)(?<plus>\+))?(?:(?<method>[\w.]+):)?(?<value>.*?)(?:\+(?<down>\d*))?$/su;

/**
 * `--select` and `--exclude`: words of a list, and spaces within one, are a union; commas an intersection.
 * @throws MillraceError `select.invalid`
 */
export function parseSelection(
  select: readonly string[] | undefined,
  exclude: readonly string[] | undefined,
  indirect: IndirectMode = 'eager',
): Selection {
  const included = union(select === undefined || select.length === 0 ? EVERYTHING : select, indirect);
  return { kind: 'difference', parts: [included, union(exclude ?? [], indirect)], indirect: 'eager' };
}

function union(words: readonly string[], indirect: IndirectMode): Combination {
  const parts = words.flatMap((word) => word.split(' ')).map((word) => intersection(word, indirect));
  return { kind: 'union', parts, indirect };
}

function intersection(word: string, indirect: IndirectMode): Combination {
  const parts = word.split(',').map((term) => parseTerm(term, indirect));
  return { kind: 'intersection', parts, indirect, raw: word };
}

/** @throws MillraceError `select.invalid` */
export function parseTerm(term: string, indirect: IndirectMode): Criterion {
  const { at, up, plus, method, value, down } = TERM.exec(term)!.groups!;
  if (at !== undefined && down !== undefined) throw mixed(term);
  const { name, rest } = method === undefined ? { name: defaultMethod(value!), rest: [] } : parseMethod(method, term);
  return {
    kind: 'criterion',
    method: name,
    arguments: rest,
    value,
    childrensParents: at !== undefined,
    parents: plus === undefined ? undefined : depth(up),
    children: down === undefined ? undefined : depth(down),
    indirect,
  };
}

export function mixed(term: string): Error {
  return millraceError('select.invalid', `"${term}": @ before and + behind a name do not go together`);
}

function depth(digits: string | undefined): number {
  return digits ? Number(digits) : Number.POSITIVE_INFINITY;
}

function defaultMethod(value: string): SelectionMethod {
  if (value.includes('/')) return 'path';
  return /\.(?:sql|py|csv)$/i.test(value) ? 'file' : 'fqn';
}

/** @throws MillraceError `select.invalid` for a method that does not exist */
export function parseMethod(text: string, shown: string): { name: SelectionMethod; rest: string[] } {
  const [name, ...rest] = text.split('.');
  const known = selectionMethods.find((method) => method === name);
  if (known !== undefined) return { name: known, rest };
  throw millraceError('select.invalid', `"${shown}": "${name}" is not a method of selection`, {
    fix: `Use one of ${selectionMethods.join(', ')}.`,
  });
}
