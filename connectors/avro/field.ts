import { type Column, type Layout, loadedColumns, type StreamSchema } from '../contract/index.ts';
import { avroForm, type Form } from '../types/index.ts';
import { avroDefault, type DefaultValue } from './default.ts';

/** A field of the record: what the codecs are compiled from. */
export interface Field {
  readonly column: Column;
  /** Its name in Avro. */
  readonly name: string;
  readonly form: Form;
  readonly nullable: boolean;
  /** The place of null in the union of a nullable field: 0, or 1 where the default is a value. */
  readonly nullAt: 0 | 1;
  readonly default?: DefaultValue;
}

/** A name as Avro allows it: other characters become `_`, and a leading digit gets one before it. */
export function avroName(name: string): string {
  const letters = name.replace(/[^A-Za-z0-9_]/gu, '_');
  return letters === '' || /^\d/.test(letters) ? `_${letters}` : letters;
}

/** The fields of a stream's record, in order of `loadedColumns`. Names that Avro makes equal get a number. */
export function recordFields(schema: StreamSchema, layout: Layout): Field[] {
  const taken = new Set<string>();
  return loadedColumns(schema).map((column) => {
    const base = avroName(column.name);
    let name = base;
    for (let n = 2; taken.has(name); n += 1) name = `${base}_${n}`;
    taken.add(name);
    return field(column, name, layout);
  });
}

function field(column: Column, name: string, layout: Layout): Field {
  const form = avroForm(column.type, layout);
  const value = layout === 'typed' ? avroDefault(column, form) : undefined;
  return {
    column,
    name,
    form,
    nullable: column.nullable,
    nullAt: column.nullable && value !== undefined ? 1 : 0,
    ...(value === undefined ? {} : { default: value }),
  };
}
