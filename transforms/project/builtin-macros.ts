import { fileURLToPath } from 'node:url';
import { readMacroFiles } from './macro-files.ts';
import type { Manifest } from './manifest.ts';
import type { Problems } from './problems.ts';
import { ProjectFiles } from './project-files.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Adds the macros that every project has: millrace's own, under the name of dbt's package, `dbt`. */
export function readBuiltinMacros(manifest: Manifest, problems: Problems): void {
  const owner = { name: 'dbt', manifest, problems, shown: (original: string) => `dbt/${original}` };
  const files = new ProjectFiles();
  readMacroFiles(files.below(ROOT, ['macros'], ['.sql']), owner, files);
}
