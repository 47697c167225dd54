import type { z } from 'zod';
import type { Path } from './problem.ts';
import { nodeAt, type ProjectFile } from './project-file.ts';
import { type Complaint, complaints, valueAt } from './validation.ts';

/** Parses a part of the file. A value from a variable is text: where a number or a boolean is wanted it is read as one. */
export function parsePart<T>(
  file: ProjectFile,
  schema: z.ZodType<T>,
  raw: unknown,
  above: Path,
): { value: T | undefined; found: Complaint[] } {
  const first = schema.safeParse(raw);
  if (first.success) return { value: first.data, found: [] };
  const converted = first.error.issues.map((issue) => convert(file, raw, issue, above));
  const second = converted.some(Boolean) ? schema.safeParse(raw) : first;
  if (second.success) return { value: second.data, found: [] };
  const found = complaints(schema, raw, second.error.issues).map(({ path, message }) => ({
    path: [...above, ...path],
    message,
  }));
  return { value: undefined, found: found.filter(({ path }) => !unresolved(file, path)) };
}

function convert(file: ProjectFile, raw: unknown, issue: z.core.$ZodIssue, above: Path): boolean {
  const path = issue.path as (string | number)[];
  const node = nodeAt(file, [...above, ...path]);
  if (issue.code !== 'invalid_type' || !file.references.has(node as never) || path.length === 0) return false;
  const holder = valueAt(raw, path.slice(0, -1)) as Record<string | number, unknown>;
  const text = String(valueAt(raw, path)).trim();
  const value = scalarOf(text, issue.expected);
  if (value === undefined) return false;
  holder[path.at(-1)!] = value;
  return true;
}

function scalarOf(text: string, expected: string): number | boolean | undefined {
  if (expected === 'number' || expected === 'int')
    return text !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;
  if (expected === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  return undefined;
}

function unresolved(file: ProjectFile, path: Path): boolean {
  return (file.references.get(nodeAt(file, path) as never)?.missing.length ?? 0) > 0;
}

/** Variables that are not set, each where it stands. */
export function missingVariables(file: ProjectFile): Complaint[] {
  return [...file.references].flatMap(([node, { missing }]) =>
    missing.map((name) => ({ path: pathOf(file, node), message: `variable ${name} is not set (environment or .env)` })),
  );
}

/** The path of a node, found by looking for it: only for errors. */
function pathOf(file: ProjectFile, wanted: unknown): Path {
  const search = (value: unknown, path: Path): Path | undefined => {
    if (nodeAt(file, path) === wanted) return path;
    if (typeof value !== 'object' || value === null) return undefined;
    const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
    for (const key of keys) {
      const found = search((value as Record<string | number, unknown>)[key], [...path, key]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search(file.document.toJS(), []) ?? [];
}
