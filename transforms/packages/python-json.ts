import { toJson } from '../project/json.ts';
import { floatText } from '../project/python-text.ts';
import { Float, isMap, type Value } from '../project/value.ts';

/** The text of Python's `json.dumps(value, sort_keys=True)`, which hashes of dbt are made of. */
export function pythonJson(value: Value): string {
  if (value instanceof Float) return floatText(value.value);
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (isMap(value)) {
    const entries = [...value].map(([key, entry]) => [String(key), entry] as const);
    entries.sort(([one], [other]) => (one < other ? -1 : 1));
    return `{${entries.map(([key, entry]) => `${ascii(key)}: ${pythonJson(entry)}`).join(', ')}}`;
  }
  return typeof value === 'bigint' ? String(value) : ascii(toJson(value));
}

function ascii(value: unknown): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(/[^\0-\x7e]/g, escaped);
}
