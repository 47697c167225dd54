import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { connectors } from '../../connectors/registry.ts';
import { typeTableMarkdown } from '../../connectors/types/document.ts';
import { dialectMarkdown } from '../../transforms/dialect/document.ts';
import { projectJsonSchema } from '../config/schema.ts';
import { cliReference } from './cli-reference.ts';
import { connectorReference } from './connector-reference.ts';
import { errorReference } from './error-reference.ts';
import { projectReference } from './project-reference.ts';

/** Every document that is made from the code, by its path from the root. */
export function generatedDocs(): Record<string, string> {
  return {
    'docs/cli.md': ended(cliReference()),
    'docs/errors.md': ended(errorReference()),
    'docs/connectors.md': ended(connectorReference(connectors)),
    'docs/project.md': ended(projectReference()),
    'docs/dialect.md': ended(dialectMarkdown()),
    'docs/types.md': ended(typeTableMarkdown()),
    'docs/millrace.schema.json': ended(JSON.stringify(projectJsonSchema(connectors), null, 2)),
  };
}

function ended(text: string): string {
  return `${text.trimEnd()}\n`;
}

/** Paths of documents that are not what the code makes now. */
export function staleDocs(root: string): string[] {
  return Object.entries(generatedDocs())
    .filter(([path, text]) => !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text)
    .map(([path]) => path);
}

function main(root: string): void {
  if (process.argv.includes('--check')) {
    const stale = staleDocs(root);
    for (const path of stale) console.error(`${path} is not what the code makes: run \`npm run docs\``);
    if (stale.length > 0) process.exitCode = 1;
    return;
  }
  mkdirSync(join(root, 'docs'), { recursive: true });
  for (const [path, text] of Object.entries(generatedDocs())) writeFileSync(join(root, path), text);
}

if (import.meta.main) main(resolve(import.meta.dirname, '../..'));
