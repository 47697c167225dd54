import type { Filter } from './filter.ts';
import { filterNames } from './name-list.ts';
import { nativeFilters } from './native-filters.ts';
import { numberFilters } from './number-filters.ts';
import { selectFilters } from './select-filters.ts';
import { sequenceFilters } from './sequence-filters.ts';
import { textFilters } from './text-filters.ts';

/** Filters that see the render, so that Jinja does not run them when it compiles. */
export const contextFilters: ReadonlySet<string> = new Set([
  'map',
  'random',
  'reject',
  'rejectattr',
  'select',
  'selectattr',
]);

/** Filters that a template can use after `|`. */
export const filters: Readonly<Record<string, Filter>> = {
  ...textFilters,
  ...sequenceFilters,
  ...numberFilters,
  ...nativeFilters,
  ...selectFilters((name) => (filterNames.has(name) ? filters[name] : undefined)),
};
