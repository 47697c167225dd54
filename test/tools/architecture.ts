import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

/** What the check of imports found. `modules` counts files seen: 0 means that the tool could not read TypeScript. */
export interface ArchitectureReport {
  readonly modules: number;
  readonly violations: readonly string[];
}

/** Holds the imports below `root` against the rules of `.dependency-cruiser.json`. */
export async function checkArchitecture(root: string): Promise<ArchitectureReport> {
  const rules = JSON.parse(readFileSync(join(import.meta.dirname, '../../.dependency-cruiser.json'), 'utf8'));
  const folders = ['connectors', 'transforms', 'cli'].filter((folder) => existsSync(join(root, folder)));
  const { tsConfig: _, ...options } = rules.options;
  const { output } = await cruise(
    folders,
    { ...options, baseDir: root, ruleSet: { forbidden: rules.forbidden }, validate: true },
    { bustTheCache: true },
    { tsConfig: extractTSConfig(join(import.meta.dirname, '../../tsconfig.json')) },
  );
  return report(output as ICruiseResult);
}

function report({ modules, summary }: ICruiseResult): ArchitectureReport {
  const own = modules.filter((module) => /^(connectors|transforms|cli)\//.test(module.source));
  return {
    modules: own.length,
    violations: summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`),
  };
}

async function main(): Promise<void> {
  const { modules, violations } = await checkArchitecture(resolve(import.meta.dirname, '../..'));
  for (const violation of violations) console.error(violation);
  console.error(`${modules} modules, ${violations.length} forbidden imports`);
  if (modules === 0 || violations.length > 0) process.exitCode = 1;
}

if (import.meta.main) await main();
