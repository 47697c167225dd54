import { Bytes as PyBytes } from '../jinja/value/bytes.ts';
import { PyDate } from '../jinja/value/date.ts';
import { PyDateTime } from '../jinja/value/datetime.ts';
import { Dict } from '../jinja/value/dict.ts';
import { listOf, PyIterator } from '../jinja/value/iterate.ts';
import { PyFloat } from '../jinja/value/number.ts';
import { PyObject, type Value as TemplateValue } from '../jinja/value/object.ts';
import { PySet } from '../jinja/value/set.ts';
import { textOf } from '../jinja/value/text.ts';
import { Tuple } from '../jinja/value/tuple.ts';
import { Undefined } from '../jinja/value/undefined.ts';
import { Bytes, Float, Moment, type Value, type ValueMap } from '../project/value.ts';

/** A value of a YAML file as templates have it. What a template changes of it is changed there alone. */
export function toTemplate(value: Value): TemplateValue {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Float) return new PyFloat(value.value);
  if (value instanceof Moment) {
    return value.kind === 'date' ? PyDate.fromIso(value.text) : PyDateTime.fromIso(value.text);
  }
  if (value instanceof Bytes) return new PyBytes(value.bytes);
  if (Array.isArray(value)) return value.map(toTemplate);
  if (value instanceof Map)
    return Dict.of([...value].map(([key, item]) => [toTemplate(key), toTemplate(item)] as const));
  return PySet.of([...value].map(toTemplate));
}

/** A value of a template as the project keeps it; what has no such form (a relation, a column) is its text. */
export function fromTemplate(value: TemplateValue): Value {
  if (Array.isArray(value)) return value.map(fromTemplate);
  return value instanceof PyObject ? fromObject(value) : value;
}

function fromObject(value: PyObject): Value {
  if (value instanceof PyFloat) return new Float(value.value);
  if (value instanceof PyDateTime) return new Moment('datetime', value.text());
  if (value instanceof PyDate) return new Moment('date', value.text());
  if (value instanceof PyBytes) return new Bytes(value.data);
  if (value instanceof Dict) return mapOf(value);
  if (value instanceof PySet) return new Set(value.list().map(fromTemplate));
  if (value instanceof Tuple) return value.items.map(fromTemplate);
  if (value instanceof PyIterator) return listOf(value).map(fromTemplate);
  return value instanceof Undefined ? null : textOf(value);
}

function mapOf(dict: Dict): ValueMap {
  return new Map(dict.entries().map(([key, item]) => [fromTemplate(key), fromTemplate(item)]));
}

/**
 * A record of the host (a node, a test's facts) as a dict, with all that is in it. Undefined is left out, and null too where `omitNone`.
 */
export function dictOf(record: object, omitNone = false): Dict {
  const dict = new Dict();
  for (const [key, value] of Object.entries(record)) {
    if (value === undefined || (omitNone && value === null)) continue;
    dict.set(key, memberValue(value, omitNone));
  }
  return dict;
}

function memberValue(value: unknown, omitNone: boolean): TemplateValue {
  if (value instanceof PyObject) return value;
  if (Array.isArray(value)) return value.map((item) => memberValue(item, omitNone));
  const plain = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  return plain ? dictOf(value, omitNone) : toTemplate(value as Value);
}
