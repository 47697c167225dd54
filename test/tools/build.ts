import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';

/** Compiles the shipped folders into `dist`, from nothing, and puts the macros and the page that are read as text beside them. What else the package holds is in `files` of package.json. */
export function build(root: string): void {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  execFileSync(process.execPath, [compiler, '--project', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  cpSync(join(root, 'transforms/macros'), join(root, 'dist/transforms/macros'), { recursive: true });
  cpSync(join(root, 'cli/models/docs-page.html'), join(root, 'dist/cli/models/docs-page.html'));
}

if (import.meta.main) build(resolve(import.meta.dirname, '../..'));
