import { readFileSync } from 'node:fs';
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  visit,
  type YAMLError,
} from 'yaml';
import { type MillraceError, millraceError } from '../../connectors/contract/index.ts';
import { isSecretName, rememberSecret } from '../output/secret.ts';
import { interpolate } from './interpolation.ts';
import type { Path } from './problem.ts';

/** A scalar whose text came from variables. */
export interface Reference {
  /** As it stands in the file: `${DB_PASSWORD}`. */
  readonly written: string;
  readonly missing: readonly string[];
}

/** A YAML file with places: parsed first, variables put into its scalars after. */
export interface ProjectFile {
  readonly path: string;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly references: ReadonlyMap<Scalar, Reference>;
}

/** Reads and parses a file, `shown` in messages. Throws `config.invalid` with the first syntax error and its place. */
export function readProjectFile(
  path: string,
  shown: string,
  env: Readonly<Record<string, string | undefined>>,
): ProjectFile {
  const lines = new LineCounter();
  const text = readFileSync(path, 'utf8');
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) throw syntaxError(shown, text, error, lines);
  return { path, document, lines, references: fillScalars(document, env) };
}

/** Later errors mostly follow from the first. */
function syntaxError(shown: string, text: string, { message, pos }: YAMLError, lines: LineCounter): MillraceError {
  const { line, col } = lines.linePos(pos[0]);
  const written = text.split('\n')[line - 1] ?? '';
  const bare = /[{[,].*[^"']\$\{/.test(written);
  return millraceError('config.invalid', `not YAML: ${message}`, {
    at: `${shown}:${line}:${col}`,
    ...(bare ? { fix: 'Between { } or [ ] put quotes around a variable: "$' + '{NAME}".' } : {}),
  });
}

function fillScalars(document: Document, env: Readonly<Record<string, string | undefined>>): Map<Scalar, Reference> {
  const references = new Map<Scalar, Reference>();
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return;
      const written = node.value;
      const { text, names, missing } = interpolate(written, env);
      node.value = text;
      if (names.length > 0) references.set(node, { written, missing });
      for (const name of names) if (isSecretName(name)) rememberSecret(env[name] ?? '');
    },
  });
  return references;
}

/** The node at a path, through aliases; undefined where there is none. */
export function nodeAt({ document }: ProjectFile, path: Path): Node | undefined {
  let node: unknown = document.contents;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node))
      node = node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(step))?.value;
    else if (isSeq(node)) node = node.items[Number(step)];
    else return undefined;
  }
  return (isAlias(node) ? node.resolve(document) : (node as Node | null)) ?? undefined;
}

/** Line and column, both from 1, of a path: of its key where it is one of a map, else of the nearest place above that exists. */
export function placeOf(file: ProjectFile, path: Path): { line: number; col: number } {
  const parent = nodeAt(file, path.slice(0, -1));
  const key = isMap(parent)
    ? parent.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(path.at(-1)))?.key
    : isSeq(parent)
      ? parent.items[Number(path.at(-1))]
      : undefined;
  const offset = (key as Node | undefined)?.range?.[0];
  if (offset !== undefined) return file.lines.linePos(offset);
  return path.length === 0 ? { line: 1, col: 1 } : placeOf(file, path.slice(0, -1));
}
