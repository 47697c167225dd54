import { millraceError } from '../contract/index.ts';

/** How one field of an Avro record is written: which branch of its union is null (-1: no union), and the form of the value. */
export interface FieldForm {
  readonly name: string;
  readonly nullBranch: -1 | 0 | 1;
  readonly form: 'long' | 'string' | 'bytes' | 'boolean' | 'float' | 'double';
}

const forms: Readonly<Record<string, FieldForm['form']>> = {
  int: 'long',
  long: 'long',
  string: 'string',
  bytes: 'bytes',
  boolean: 'boolean',
  float: 'float',
  double: 'double',
};

interface Field {
  readonly name: string;
  readonly type: unknown;
}

function typeName(type: unknown): string {
  if (typeof type === 'string') return type;
  return typeof type === 'object' && type !== null && 'type' in type ? typeName(type.type) : '';
}

function fieldForm(field: Field): FieldForm {
  const branches = Array.isArray(field.type) ? field.type.map(typeName) : [typeName(field.type)];
  const nullBranch = Array.isArray(field.type) ? branches.indexOf('null') : -1;
  const form = forms[branches[nullBranch === 0 ? 1 : 0] ?? ''];
  if (form === undefined || nullBranch > 1) {
    throw millraceError(
      'internal.unexpected',
      `field ${field.name} has an Avro type that DuckDB columns are not made from`,
    );
  }
  return { name: field.name, nullBranch: nullBranch as FieldForm['nullBranch'], form };
}

/** The fields of a record schema as `avroSchema` makes it, in order. */
export function fieldForms(record: object): FieldForm[] {
  const fields = 'fields' in record && Array.isArray(record.fields) ? (record.fields as Field[]) : [];
  return fields.map(fieldForm);
}
