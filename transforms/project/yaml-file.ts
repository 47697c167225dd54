import { readFileSync } from 'node:fs';
import { type MillraceError, millraceError } from '../../connectors/contract/index.ts';
import { Places } from './places.ts';
import type { Value } from './value.ts';
import { readFullYaml, YamlProblem } from './yaml-full.ts';
import { readPlainYaml } from './yaml-plain.ts';

/** A YAML file as PyYAML's SafeLoader reads it, with the place of each entry. */
export interface YamlFile {
  readonly value: Value;
  readonly places: Places;
}

/** @throws MillraceError `project.yaml`, with the first problem and its place; `shown` names the file in it */
export function readYamlFile(path: string, shown: string): YamlFile {
  return readYaml(readFileSync(path, 'utf8'), shown);
}

/** @throws MillraceError `project.yaml`, as `readYamlFile` */
export function readYaml(source: string, shown: string): YamlFile {
  const text = yamlText(source);
  const places = new Places(shown, text);
  const plain = readPlainYaml(text, places);
  if (plain !== undefined) return { value: plain.value, places };
  try {
    return { value: readFullYaml(text, places), places };
  } catch (error) {
    if (error instanceof YamlProblem) throw notYaml(error, text, places);
    throw error;
  }
}

/** Without a byte order mark, and with line breaks of one form. */
export function yamlText(source: string): string {
  const text = source.startsWith('\ufeff') ? source.slice(1) : source;
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

function notYaml(problem: YamlProblem, text: string, places: Places): MillraceError {
  const start = text.lastIndexOf('\n', problem.offset - 1) + 1;
  const line = text.slice(start, text.indexOf('\n', problem.offset) + 1 || undefined);
  const bare = /(?::|-)\s*\{[{%]/.test(line);
  return millraceError('project.yaml', problem.message, {
    at: places.atOffset(problem.offset),
    ...(bare ? { fix: 'Put quotes around a value that begins with {{ or {%.' } : {}),
  });
}
