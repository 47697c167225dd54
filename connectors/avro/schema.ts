import {
  type Column,
  type Layout,
  loadedColumns,
  millraceError,
  type StreamName,
  type StreamSchema,
  streamText,
} from '../contract/index.ts';
import { type Form, ticdcParameters } from '../types/index.ts';
import { avroName, type Field, recordFields } from './field.ts';

/** The property of a record schema that holds all that the source says of the stream, so that its tables can be made again. */
const property = 'millrace';

/** What of a schema changes without the table's shape changing: it would make a new Avro schema each time. */
const volatile: ReadonlySet<string> = new Set<keyof StreamSchema>(['rows', 'bytes', 'nextAutoIncrement']);

/** The Avro record schema of a stream's rows, as plain JSON, with the stream's full schema in the property `millrace`. */
export function avroSchema(schema: StreamSchema, layout: Layout): object {
  const { namespace, name } = schema.stream;
  const stated = Object.fromEntries(Object.entries(schema).filter(([key]) => !volatile.has(key)));
  return {
    type: 'record',
    name: avroName(name),
    // TiCDC puts its own namespace, which is this one by default, before the database.
    namespace: namespace === '' ? 'default' : `default.${avroName(namespace)}`,
    fields: recordFields(schema, layout).map((field) => avroField(field, layout)),
    [property]: stated,
  };
}

/** The Avro record schema of a stream's key, see `keyStream`. */
export function keySchema(schema: StreamSchema, layout: Layout): object {
  return avroSchema(keyStream(schema), layout);
}

/** The key's columns as a stream of their own, in key order: what key records are encoded by. A stream without a key is an internal error. */
export function keyStream(schema: StreamSchema): StreamSchema {
  const columns = loadedColumns(schema);
  if (schema.key === undefined) throw millraceError('internal.unexpected', `${streamText(schema.stream)} has no key`);
  const key = schema.key.map((name) => columns.find((column) => column.name === name));
  if (key.includes(undefined)) {
    throw millraceError(
      'internal.unexpected',
      `The key of ${streamText(schema.stream)} has a generated or missing column`,
    );
  }
  return { stream: schema.stream, columns: key as Column[], key: schema.key };
}

/** The stream's schema back from an Avro schema that `avroSchema` made, under the stream name given. Throws `avro.foreign-schema`. */
export function streamSchema(avro: object, stream: StreamName): StreamSchema {
  const stated: unknown = Reflect.get(avro, property);
  if (typeof stated !== 'object' || stated === null || !Array.isArray(Reflect.get(stated, 'columns'))) {
    throw millraceError(
      'avro.foreign-schema',
      `The Avro schema of ${streamText(stream)} has no property "${property}"`,
    );
  }
  return { ...(stated as StreamSchema), stream };
}

function avroField(field: Field, layout: Layout): object {
  const type = fieldType(field, layout);
  if (!field.nullable) {
    return { name: field.name, type, ...(field.default === undefined ? {} : { default: field.default }) };
  }
  return field.nullAt === 1
    ? { name: field.name, type: [type, 'null'], default: field.default }
    : { name: field.name, type: ['null', type], default: null };
}

function fieldType({ form, column }: Field, layout: Layout): object | string {
  const type = plainType(form, layout);
  if (layout === 'text') return type;
  const parameters = { 'connect.parameters': ticdcParameters(column.type) };
  return typeof type === 'string' ? { type, ...parameters } : { ...type, ...parameters };
}

function plainType(form: Form, layout: Layout): object | string {
  switch (form.as) {
    case 'long':
      return form.avro;
    case 'year':
      return layout === 'typed' ? 'int' : 'long';
    case 'decimal':
      return { type: 'bytes', logicalType: 'decimal', precision: form.precision, scale: form.scale };
    case 'bit':
      return 'bytes';
    case 'text':
    case 'digits':
    case 'enum':
    case 'vector':
      return 'string';
    default:
      return form.as;
  }
}
