import type { Config } from './config-merge.ts';
import { listOf } from './config-merge.ts';
import type { Entry } from './entry.ts';
import type { ColumnInfo } from './manifest.ts';
import { isMap, type Value } from './value.ts';

/** The columns that an entry describes, by name; `config` of a column holds its tags and meta too. */
export function columnsOf(entries: readonly Entry[]): Record<string, ColumnInfo> {
  const columns: Record<string, ColumnInfo> = {};
  for (const entry of entries) {
    const name = entry.name('a column');
    if (name === undefined) continue;
    const config: Config = {};
    for (const [key, value] of entry.child('config')?.map ?? []) if (typeof key === 'string') config[key] = value;
    const tags = [...new Set([...listOf(entry.get('tags')), ...listOf(config.tags)])].map(String);
    const meta = new Map([...(entry.child('meta')?.map ?? []), ...(isMap(config.meta) ? config.meta : [])]);
    columns[name] = {
      name,
      description: entry.text('description') ?? '',
      meta,
      data_type: entry.text('data_type') ?? null,
      constraints: constraintsOf(entry),
      quote: entry.has('quote') ? entry.flag('quote') : null,
      config: { ...config, tags, meta },
      tags,
      granularity: entry.text('granularity') ?? null,
    };
  }
  return columns;
}

/** A constraint that the database does not enforce, or does not have, is told of. */
const CONSTRAINT_DEFAULTS: readonly (readonly [string, Value])[] = [
  ['warn_unenforced', true],
  ['warn_unsupported', true],
  ['to_columns', []],
];
const CONSTRAINTS = ['check', 'not_null', 'unique', 'primary_key', 'foreign_key', 'custom'];

export function constraintsOf(entry: Entry): Value[] {
  return entry.entries('constraints').flatMap((constraint) => {
    const type = constraint.text('type');
    if (type !== undefined && CONSTRAINTS.includes(type)) return [new Map([...CONSTRAINT_DEFAULTS, ...constraint.map])];
    constraint.problem(`a constraint's \`type\` is one of ${CONSTRAINTS.join(', ')}`, 'type');
    return [];
  });
}
