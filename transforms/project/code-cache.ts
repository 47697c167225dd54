import { hash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import type { CodeCalls } from './code-parse.ts';
import { readKept, writeKept } from './kept-file.ts';
import { Bytes, Float, Moment } from './value.ts';

/** Changes whenever what is kept, or how, does. */
const FORMAT = 'millrace code 2';

/** The variables of the environment that were read, with a digest of the value of each: values may be secret (invariant 10). */
export type EnvironmentRead = Map<string, string>;

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
  /** What was read since this was opened. */
  readonly #allReads: EnvironmentRead = new Map();
  #isUnsure = false;

  constructor(options: CodeCacheOptions) {
    this.#options = options;
  }

  /** Reads what was kept under this fingerprint. A file that is not there, is damaged or is of another one counts as empty. */
  open(fingerprint: string): void {
    this.#fingerprint = fingerprint;
    this.#allReads.clear();
    const { path } = this.#options;
    const kept = path === undefined ? undefined : readKept(path, { format: FORMAT, fingerprint });
    this.#known = (kept?.value as Map<string, Entry> | undefined) ?? new Map();
  }

  get reads(): EnvironmentRead {
    return this.#allReads;
  }

  /** Something other than the code of a file asks for what may be another the next time, or tells people something. */
  unsure(): void {
    this.#isUnsure = true;
  }

  get isUnsure(): boolean {
    return this.#isUnsure;
  }

  /** What the work gives, and whether the same would give it again. */
  apart<Result>(work: () => Result): { result: Result; unsure: boolean } {
    const before = this.#isUnsure;
    this.#isUnsure = false;
    try {
      return { result: work(), unsure: this.#isUnsure };
    } finally {
      this.#isUnsure = before;
    }
  }

  /** Told of each variable of the environment that is read. */
  readonly onEnv = (name: string, value: string | undefined): void => {
    const digest = this.#digest(name, value);
    this.#reads?.set(name, digest);
    this.#allReads.set(name, digest);
  };

  /** What the code called: as it was kept, or by `parse`, which says whether it would give the same again. `node` is all that the code sees of its node. */
  calls(code: string, own: string, node: object, parse: () => { calls: CodeCalls; repeatable: boolean }): CodeCalls {
    if (this.#options.path === undefined) return parse().calls;
    const key = hash('sha256', serialize([own, code, node]), 'base64url');
    const known = this.#known.get(key);
    if (known !== undefined && this.holds(known.env)) {
      this.#kept.set(key, known);
      for (const [name, digest] of known.env) this.#allReads.set(name, digest);
      return deserialize(known.calls) as CodeCalls;
    }
    const { result, env } = this.#watching(parse);
    if (!result.repeatable) this.unsure();
    if (result.repeatable && isPlain(result.calls)) {
      this.#kept.set(key, { calls: serialize(result.calls), env });
      this.#fresh = true;
    }
    return result.calls;
  }

  /** Whether these variables of the environment have the values that were read. */
  holds(env: EnvironmentRead): boolean {
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

  /** Keeps for the next run what was called in this one. */
  save(): void {
    const { path } = this.#options;
    if (path === undefined || (!this.#fresh && this.#kept.size === this.#known.size)) return;
    writeKept(path, { format: FORMAT, fingerprint: this.#fingerprint }, this.#kept);
  }
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
