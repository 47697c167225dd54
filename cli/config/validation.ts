import { z } from 'zod';
import { isSecretName } from '../output/secret.ts';
import type { Path } from './problem.ts';
import { suggestion } from './suggestion.ts';

/** A problem before its place in the file is looked up. */
export interface Complaint {
  readonly path: Path;
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/** What is wrong with a value, in words that name what was expected. Secrets are not shown. */
export function complaints(schema: z.ZodType, value: unknown, issues: readonly Issue[]): Complaint[] {
  return issues.flatMap((issue) => complaintsOf(schema, value, issue, []));
}

function complaintsOf(schema: z.ZodType, value: unknown, issue: Issue, above: Path): Complaint[] {
  const path = [...above, ...(issue.path as (string | number)[])];
  const found = valueAt(value, path);
  if (issue.code === 'invalid_union') return unionComplaints(schema, value, issue, path);
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, path);
    return issue.keys.map((key) => ({ path: [...path, key], message: `unknown setting${suggestion(key, known)}` }));
  }
  if (issue.code === 'invalid_value') {
    const known = issue.values.map(String);
    const expected = known.map((word) => `"${word}"`).join(', ');
    return [
      {
        path,
        message: `expected ${known.length > 1 ? 'one of ' : ''}${expected}, ${gotText(found, path)}${suggestion(String(found), known)}`,
      },
    ];
  }
  if (issue.code === 'invalid_type') {
    return [
      {
        path,
        message:
          found === undefined
            ? `is missing (${expectedText(issue.expected)})`
            : `expected ${expectedText(issue.expected)}, ${gotText(found, path)}`,
      },
    ];
  }
  return [{ path, message: limitText(issue) }];
}

function limitText(issue: Issue): string {
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => message).join('; ');
  const size =
    issue.code === 'too_small'
      ? `at least ${issue.minimum}`
      : issue.code === 'too_big'
        ? `at most ${issue.maximum}`
        : '';
  if (size !== '' && 'origin' in issue) {
    if (issue.origin === 'array') return `expected a list of ${size}`;
    if (issue.origin === 'string') return `expected text of ${size} characters`;
    return `expected ${size}`;
  }
  return `${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}`;
}

/** The complaints of the one branch that the user seems to have meant: that whose own type fits. */
function unionComplaints(
  schema: z.ZodType,
  value: unknown,
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: Path,
): Complaint[] {
  const fits = issue.errors.filter(
    (branch) => !branch.some((inner) => inner.path.length === 0 && inner.code === 'invalid_type'),
  );
  const meant = fits.sort((a, b) => a.length - b.length)[0];
  if (meant !== undefined) return meant.flatMap((inner) => complaintsOf(schema, value, inner, path));
  const kinds = issue.errors.flatMap((branch) =>
    branch.flatMap((inner) => (inner.code === 'invalid_type' ? [expectedText(inner.expected)] : [])),
  );
  return [{ path, message: `expected ${[...new Set(kinds)].join(' or ')}, ${gotText(valueAt(value, path), path)}` }];
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'settings',
  record: 'settings',
};

function expectedText(expected: string): string {
  return EXPECTED[expected] ?? expected;
}

function gotText(found: unknown, path: Path): string {
  if (found === undefined) return 'got nothing';
  if (found === null) return 'got nothing (null)';
  if (Array.isArray(found)) return 'got a list';
  if (typeof found === 'object') return 'got settings';
  const secret = path.some((step) => typeof step === 'string' && isSecretName(step));
  return secret ? 'got a secret' : `got ${JSON.stringify(found)}`;
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? (at as Record<string | number, unknown>)[step] : undefined),
    value,
  );
}

interface JsonNode {
  readonly properties?: Readonly<Record<string, JsonNode>>;
  readonly additionalProperties?: JsonNode | boolean;
  readonly items?: JsonNode;
  readonly anyOf?: readonly JsonNode[];
}

/** Names of the settings that a schema knows at a path. */
function knownKeys(schema: z.ZodType, path: Path): string[] {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonNode;
  return path
    .reduce<JsonNode[]>((nodes, step) => nodes.flatMap((node) => below(node, step)), branches(root))
    .flatMap((node) => Object.keys(node.properties ?? {}));
}

function below(node: JsonNode, step: string | number): JsonNode[] {
  const rest = typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
  const next = typeof step === 'number' ? node.items : (node.properties?.[step] ?? rest);
  return next === undefined ? [] : branches(next);
}

function branches(node: JsonNode): JsonNode[] {
  return node.anyOf === undefined ? [node] : node.anyOf.flatMap(branches);
}
