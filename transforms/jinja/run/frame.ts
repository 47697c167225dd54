import { Raised, raised } from '../value/error.ts';
import type { Caller } from '../value/object.ts';
import { excerptOf, type MacroCall, TemplateError } from './template-error.ts';

/** Where the text of a template came from. */
export interface Origin {
  readonly name: string;
  readonly source: string;
  /** Line of the file that the text begins in. */
  readonly firstLine: number;
}

export interface Limits {
  /** Turns of loops, calls and the like that one render may take. */
  readonly fuel?: number;
  /** Macros that may be inside each other. */
  readonly depth?: number;
}

const FUEL = 30_000_000;
const DEPTH = 200;

/** Thrown by dbt's `return()`, up to the macro that it ends. No Error, for it is no failure and there are many. */
export class Returned {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/**
 * All that one render has of its own: where it is, which macros it is in, what fuel is left. Renders that run side by side have a frame
 * each, and nothing else of a render is kept anywhere.
 */
export class Frame implements Caller {
  line = 1;
  origin: Origin;
  #fuel: number;
  readonly #depth: number;
  readonly #calls: { macro: string; origin: Origin; line: number }[] = [];

  constructor(origin: Origin, limits: Limits = {}) {
    this.origin = origin;
    this.#fuel = limits.fuel ?? FUEL;
    this.#depth = limits.depth ?? DEPTH;
  }

  spend(steps: number): void {
    this.#fuel -= steps;
    if (this.#fuel < 0) throw raised('LimitError', 'the template takes too many steps: does it loop without end?');
  }

  /** Goes into a macro, whose text is elsewhere. */
  enter(macro: string, origin: Origin): void {
    this.spend(1);
    if (this.#calls.length >= this.#depth) {
      throw raised('RecursionError', `macros are nested more than ${this.#depth} deep`);
    }
    this.#calls.push({ macro, origin: this.origin, line: this.line });
    this.origin = origin;
  }

  leave(): void {
    const call = this.#calls.pop()!;
    this.origin = call.origin;
    this.line = call.line;
  }

  /** What was thrown, with the place where the render is now, if it has none yet. */
  located(thrown: unknown): unknown {
    if (thrown instanceof TemplateError || thrown instanceof Returned) return thrown;
    const { name, source, firstLine } = this.origin;
    const line = firstLine + this.line - 1;
    const details = {
      at: { template: name, line },
      stack: this.#calls.map(placeOf),
      excerpt: excerptOf(source, firstLine, line),
    };
    if (thrown instanceof Raised) return new TemplateError(thrown.message, { type: thrown.type, ...details });
    if (thrown instanceof RangeError) {
      return new TemplateError(`too deep or too large: ${thrown.message}`, { type: 'LimitError', ...details });
    }
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new TemplateError(message, { type: 'HostError', ...details, cause: thrown });
  }
}

function placeOf({ macro, origin, line }: { macro: string; origin: Origin; line: number }): MacroCall {
  return { macro, template: origin.name, line: origin.firstLine + line - 1 };
}
