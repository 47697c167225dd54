import { globSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isServerKind, type ServerKind } from './kind.ts';

/** What `npm test -- ...` was asked for. */
export interface Request {
  /** Only tests that need no server. */
  readonly unit: boolean;
  /** Files, folders or globs. */
  readonly paths: readonly string[];
  /** Handed to node's test runner as they are. */
  readonly flags: readonly string[];
}

/** Words that begin with a dash are node's, `--unit` apart; a value goes with its flag as `--flag=value`. */
export function parseRequest(words: readonly string[]): Request {
  return {
    unit: words.includes('--unit'),
    flags: words.filter((word) => word.startsWith('-') && word !== '--unit'),
    paths: words.filter((word) => !word.startsWith('-')),
  };
}

/**
 * The test files that are asked for, each once, in order of name.
 * @throws Error naming the path or glob that no test file answers to
 */
export function findTests({ paths, unit }: Request): string[] {
  const asked = paths.length === 0 ? ['test'] : paths;
  const found = new Set(asked.flatMap(filesOf));
  return [...found].filter((file) => !unit || serversOf(file).length === 0).sort();
}

function filesOf(path: string): string[] {
  const folder = statSync(path, { throwIfNoEntry: false })?.isDirectory();
  const files = globSync(folder ? join(path, '**/*.test.ts') : path).filter((file) => file.endsWith('.test.ts'));
  if (files.length === 0) throw new Error(`no test file (*.test.ts) at ${path}`);
  return files;
}

/**
 * The servers that a test file needs, which are the words between its name and `.test.ts`.
 * @throws Error for a word that is no server: the test would run without it
 */
export function serversOf(file: string): ServerKind[] {
  const [, ...words] = basename(file, '.test.ts').split('.');
  return words.map((word) => {
    if (isServerKind(word)) return word;
    throw new Error(`${file}: "${word}" is not a server that tests can have`);
  });
}
