import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import { isWithoutChance } from './code-parse.ts';
import type { LoadOptions } from './load-context.ts';
import type { Manifest } from './manifest.ts';
import type { ProjectConfig } from './project-config.ts';
import { REPORTED_VERSION } from './version-spec.ts';

/**
 * What all code of a project sees besides its own node and the environment: where two loads have the same, the same code calls the same.
 * Different in every load where a macro gives another value each time.
 */
export function fingerprintOf(
  projects: readonly ProjectConfig[],
  { macros }: Manifest,
  { target, vars, renderer }: LoadOptions,
): string {
  const digest = createHash('sha256');
  digest.update(serialize([process.version, REPORTED_VERSION, renderer !== undefined, target, vars, projects]));
  for (const stamp of ownFiles()) digest.update(stamp);
  for (const { unique_id, macro_sql, package_name } of macros.values()) {
    digest.update(serialize([unique_id, macro_sql]));
    if (package_name !== 'dbt' && !isWithoutChance(macro_sql))
      digest.update(`${process.hrtime.bigint()} ${process.pid}`);
  }
  return digest.digest('hex');
}

/** millrace itself: its version, and in a checkout, where the version stays while the code changes, the state of the files that parse. */
function ownFiles(): string[] {
  const root = join(import.meta.dirname, '..');
  const isBuilt = import.meta.filename.endsWith('.js');
  const packageFile = join(root, isBuilt ? '../..' : '..', 'package.json');
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
  if (isBuilt) return [version];
  const folders = ['jinja', 'context', 'project'].map((name) => join(root, name));
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return [version, ...files.sort().map(stampOf)];
}

function stampOf(path: string): string {
  const { mtimeMs, size } = statSync(path);
  return `${path} ${mtimeMs} ${size}\n`;
}
