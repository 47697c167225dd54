import { MillraceError } from '../../connectors/contract/index.ts';
import { toJson } from '../project/json.ts';
import type { Value } from '../project/value.ts';
import { readYaml } from '../project/yaml-file.ts';
import { yamlLibrary } from '../project/yaml-library.ts';

/** A text as YAML; undefined for what is none. */
export function parseYaml(text: string): Value | undefined {
  try {
    return readYaml(text, 'fromyaml').value;
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return undefined;
  }
}

/** In the block style that PyYAML's `safe_dump` writes. */
export function dumpYaml(value: Value, sortKeys: boolean): string {
  return yamlLibrary().stringify(toJson(value), {
    version: '1.1',
    indentSeq: false,
    sortMapEntries: sortKeys,
    lineWidth: 80,
    directives: false,
  });
}
