import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Engine } from '../../../transforms/context/engine.ts';
import { type LoadedProject, loadProject } from '../../../transforms/project/load.ts';
import type { LoadOptions, LoadTarget } from '../../../transforms/project/load-context.ts';

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

export function engine(): Engine {
  const invocation = {
    id: 'a test',
    startedAt: new Date('2024-02-29T12:00:00Z'),
    which: 'compile',
    options: new Map([['which', 'compile']]),
  };
  return new Engine({ invocation, tell: () => undefined });
}

export function load(root: string, options: Partial<LoadOptions> = {}): LoadedProject {
  return loadProject({ root, target, env: {}, renderer: engine(), ...options });
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
