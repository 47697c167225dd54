import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import type { CodeCalls } from './code-parse.ts';
import { Bytes, Float, Moment } from './value.ts';

/** Changes whenever what is kept, or how, does. */
const FORMAT = 'millrace code 1';

/** The variables of the environment that were read, with a digest of the value of each: values may be secret (invariant 10). */
type EnvironmentRead = Map<string, string>;

interface Entry {
  readonly calls: Uint8Array;
  readonly env: EnvironmentRead;
}

export interface CodeCacheOptions {
  /** The file; undefined: nothing is kept from one run to the next. */
  readonly path: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * What code of nodes called when it was last parsed, so that it need not be run again. An entry counts only for the same code of the same node,
 * under the same fingerprint (of millrace, the target, vars, project files, packages and macros), where the variables of the environment that
 * it read have the same values. Code that asked for what differs from run to run (the clock, the command line, chance) is never kept, nor is
 * what it told people lost: code that tells something is not kept either.
 */
export class CodeCache {
  readonly #options: CodeCacheOptions;
  #fingerprint = '';
  #known = new Map<string, Entry>();
  readonly #kept = new Map<string, Entry>();
  /** Something is to be kept that was not. */
  #fresh = false;
  /** What the parse under way has read. */
  #reads: EnvironmentRead | undefined;

  constructor(options: CodeCacheOptions) {
    this.#options = options;
  }

  /** Reads what was kept under this fingerprint. A file that is not there, is damaged or is of another one counts as empty. */
  open(fingerprint: string): void {
    this.#fingerprint = fingerprint;
    const { path } = this.#options;
    if (path === undefined) return;
    try {
      this.#known = entriesOf(readFileSync(path), fingerprint) ?? new Map();
    } catch {
      this.#known = new Map();
    }
  }

  /** Told of each variable of the environment that is read. */
  readonly onEnv = (name: string, value: string | undefined): void => {
    this.#reads?.set(name, this.#digest(name, value));
  };

  /** What the code called: as it was kept, or by `parse`, which says whether it would give the same again. `node` is all that the code sees of its node. */
  calls(code: string, own: string, node: object, parse: () => { calls: CodeCalls; repeatable: boolean }): CodeCalls {
    if (this.#options.path === undefined) return parse().calls;
    const key = hash('sha256', serialize([own, code, node]), 'base64url');
    const known = this.#known.get(key);
    if (known !== undefined && this.#holds(known)) {
      this.#kept.set(key, known);
      return deserialize(known.calls) as CodeCalls;
    }
    const { result, env } = this.#watching(parse);
    if (result.repeatable && isPlain(result.calls)) {
      this.#kept.set(key, { calls: serialize(result.calls), env });
      this.#fresh = true;
    }
    return result.calls;
  }

  #holds({ env }: Entry): boolean {
    return [...env].every(([name, digest]) => this.#digest(name, this.#options.env[name]) === digest);
  }

  #digest(name: string, value: string | undefined): string {
    return hash('sha256', serialize([this.#fingerprint, name, value]), 'base64url');
  }

  #watching<Result>(work: () => Result): { result: Result; env: EnvironmentRead } {
    const env: EnvironmentRead = new Map();
    const before = this.#reads;
    this.#reads = env;
    try {
      return { result: work(), env };
    } finally {
      this.#reads = before;
    }
  }

  /** The file's new content; undefined where it is the old one. */
  content(): Buffer | undefined {
    if (!this.#fresh && this.#kept.size === this.#known.size) return undefined;
    const body = serialize(this.#kept);
    return Buffer.concat([header(this.#fingerprint, body), body]);
  }
}

/** What the file begins with: its format, what it holds for, and a checksum, by which half a file is known. */
function header(fingerprint: string, body: Buffer): Buffer {
  return Buffer.from(`${FORMAT}\n${fingerprint}\n${hash('sha256', body)}\n`);
}

function entriesOf(file: Buffer, fingerprint: string): Map<string, Entry> | undefined {
  let at = 0;
  for (let line = 0; line < 3; line += 1) {
    at = file.indexOf('\n', at) + 1;
    if (at === 0) return undefined;
  }
  const body = file.subarray(at);
  if (!header(fingerprint, body).equals(file.subarray(0, at))) return undefined;
  return deserialize(body) as Map<string, Entry>;
}

/** Whether what is written is read back as it was: objects of classes are not. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'function' || typeof value === 'symbol') return false;
  if (typeof value !== 'object' || value === null) return true;
  if (value instanceof Float || value instanceof Moment || value instanceof Bytes) return false;
  if (Array.isArray(value) || value instanceof Set) return [...value].every(isPlain);
  if (value instanceof Map) return [...value].every(([key, item]) => isPlain(key) && isPlain(item));
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isPlain);
}
