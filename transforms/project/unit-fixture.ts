import { join } from 'node:path';
import { baseName } from '../graph/naming.ts';
import { parseCsv } from './csv.ts';
import type { Entry } from './entry.ts';
import type { ManifestNode } from './manifest.ts';
import type { Described } from './schema-files.ts';
import { isMap, type Value, type ValueMap } from './value.ts';

export type ModelsByName = ReadonlyMap<string, readonly ManifestNode[]>;

const FORMATS = ['dict', 'csv', 'sql'];

/**
 * The rows of a unit test in the one form that manifests have: maps of columns, or the text of a query. They stand in the test itself, in a
 * file of the folder `fixtures` of a folder of tests, or, of an input that is a seed, in the seed's file.
 */
export class UnitFixtures {
  readonly #described: Described;
  readonly #models: ModelsByName;

  constructor(described: Described, models: ModelsByName) {
    this.#described = described;
    this.#models = models;
  }

  given(entry: Entry): ValueMap {
    const isSeed = !entry.has('rows') && !entry.has('fixture') && !entry.has('format');
    return this.#withRows(entry, isSeed ? (text) => this.#seedRows(entry, text) : undefined);
  }

  expected(entry: Entry | undefined): ValueMap {
    return entry === undefined ? new Map() : this.#withRows(entry, undefined);
  }

  #withRows(entry: Entry, otherwise: ((input: string) => Value[]) | undefined): ValueMap {
    const format = entry.text('format') ?? 'dict';
    if (!FORMATS.includes(format)) entry.problem(`rows have the format ${FORMATS.join(', ')}, not ${format}`, 'format');
    const rows = otherwise === undefined ? this.#rows(entry, format) : otherwise(entry.text('input') ?? '');
    return new Map<Value, Value>([['format', format], ...entry.map, ['rows', rows]]);
  }

  #rows(entry: Entry, format: string): Value {
    const written = entry.has('fixture') ? this.#file(entry, format) : entry.get('rows');
    const { name } = this.#described;
    if (format === 'dict') {
      if (Array.isArray(written) && written.every(isMap)) return written;
      entry.problem(`the unit test ${name} gives rows as a list of maps, or names their \`format\``, 'rows');
      return [];
    }
    if (typeof written === 'string') return format === 'csv' ? csvRows(written, ',') : written;
    entry.problem(`the unit test ${name} gives rows of the format ${format} as text, or the name of a \`fixture\``);
    return [];
  }

  /** The text of a file of fixtures, by its name without the ending. */
  #file(entry: Entry, format: string): string | undefined {
    const { context } = this.#described;
    const { root, paths } = context.config;
    const wanted = entry.text('fixture') ?? '';
    const folders = paths.tests.map((folder) => `${folder}/fixtures`);
    const found = context.files
      .below(root, folders, [`.${format}`])
      .find(({ original }) => baseName(original) === wanted);
    if (found !== undefined) return context.files.text(found.path);
    entry.problem(`there is no ${wanted}.${format} in ${folders.join(', ')}`, 'fixture');
    return undefined;
  }

  /** Rows of the seed that the input refers to. */
  #seedRows(entry: Entry, input: string): Value[] {
    const [, name] = /^\s*ref\s*\(\s*(?:['"][^'"]*['"]\s*,\s*)?['"]([^'"]*)['"]\s*\)\s*$/.exec(input) ?? [];
    const seed = (this.#models.get(name ?? '') ?? []).find(({ resource_type: type }) => type === 'seed');
    if (seed === undefined) {
      entry.problem(`the input ${input} is no seed, so it has \`rows\``);
      return [];
    }
    const { delimiter } = seed.config;
    const file = join(seed.root_path!, seed.original_file_path);
    return csvRows(this.#described.context.files.text(file), typeof delimiter === 'string' ? delimiter : ',');
  }
}

/** Rows by the names of the first line; a cell with nothing in it is NULL. */
function csvRows(text: string, delimiter: string): Value[] {
  const [names = [], ...rows] = parseCsv(text, delimiter).filter((row) => row.length > 0);
  return rows.map((row) => new Map<Value, Value>(names.map((name, at) => [name.trim(), row[at] || null])));
}
