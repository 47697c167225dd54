import type { Column } from '../contract/index.ts';
import type { Form } from '../types/index.ts';

export type DefaultValue = number | string;

/**
 * A column's default as an Avro default, where Avro can say it: numbers that JSON holds exactly and texts. Decimals and bytes have none, and
 * an expression is not a value. Avro requires the default's branch to be the first of a union, so this decides the order of the branches.
 */
export function avroDefault(column: Column, form: Form): DefaultValue | undefined {
  if (column.default?.kind !== 'value') return undefined;
  const { text } = column.default;
  if (form.as === 'text' || form.as === 'enum') return text;
  if (form.as !== 'long' && form.as !== 'year' && form.as !== 'float' && form.as !== 'double') return undefined;
  const number = text.trim() === '' ? Number.NaN : Number(text);
  const whole = form.as === 'long' || form.as === 'year';
  if (!Number.isFinite(number) || (whole && !Number.isSafeInteger(number))) return undefined;
  if (whole && form.as === 'long' && form.avro === 'int' && Math.abs(number) > 0x7fffffff) return undefined;
  return number;
}
