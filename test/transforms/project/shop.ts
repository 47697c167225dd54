import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { generateAliasName, generateDatabaseName, generateSchemaName } from '../../../transforms/graph/naming.ts';
import { type LoadedProject, loadProject } from '../../../transforms/project/load.ts';
import type { LoadOptions, LoadTarget, NameRules } from '../../../transforms/project/load-context.ts';
import { scanningRenderer } from './scanning-renderer.ts';

export const SHOP = join(import.meta.dirname, '../../../examples/corner-shop');

/** The target of the example's own profile. */
export const target: LoadTarget = {
  name: 'dev',
  profile: 'corner_shop',
  type: 'duckdb',
  schema: 'shop',
  database: 'corner_shop',
  values: new Map([
    ['name', 'dev'],
    ['schema', 'shop'],
    ['type', 'duckdb'],
  ]),
};

export const names: NameRules = {
  schema: (custom) => generateSchemaName(custom, target.schema),
  alias: (custom, { name, version }) => generateAliasName(custom, name, version ?? null),
  database: (custom) => generateDatabaseName(custom, target.database),
};

export function load(root: string, options: Partial<LoadOptions> = {}): LoadedProject {
  return loadProject({ root, target, env: {}, names, renderer: scanningRenderer, ...options });
}

/** The files of a folder as text, by their path inside; what is installed or built is left out. */
export function filesOf(root: string): Record<string, string> {
  const entries = readdirSync(root, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  const kept = paths
    .map((path) => relative(root, path))
    .filter((path) => !/^(?:target|logs|dbt_packages)\//.test(path));
  return Object.fromEntries(
    kept.filter((path) => !path.endsWith('.duckdb')).map((path) => [path, readFileSync(join(root, path), 'utf8')]),
  );
}
