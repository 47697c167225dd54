import type { PyFloat } from '../value/number.ts';
import type { Scope } from './scope.ts';

/** How templates are compiled. */
export interface Mode {
  /** Whether calls may have to be waited for. */
  readonly waits: boolean;
  /** Whether the result is a value, not text: what dbt renders YAML with. */
  readonly native: boolean;
}

/** What the code of a place in a template depends on. */
export interface Place {
  readonly scope: Scope;
  /** The variable that output is added to. */
  readonly buffer: string;
  /** Whether the buffer is the list of values of a native template. */
  readonly values: boolean;
  /** Whether what is set can be seen from outside the template. */
  readonly toplevel: boolean;
  /** Inside an `if`, where an unknown filter fails only when it is reached. */
  readonly soft: boolean;
  /** Whether `break` and `continue` have a loop to act on. */
  readonly inLoop: boolean;
}

/** The code being written of one template. */
export class Unit {
  readonly mode: Mode;
  readonly constants: PyFloat[] = [];
  readonly blockNames: string[] = [];
  readonly #helpers = new Set<string>();
  #lines: string[] = [];
  #temporaries: string[] = [];
  #names = 0;
  #line: number | undefined;

  constructor(mode: Mode) {
    this.mode = mode;
  }

  /** The name by which code calls a function of the runtime. */
  helper(name: string): string {
    this.#helpers.add(name);
    return name;
  }

  helpers(): string {
    return [...this.#helpers].join(', ');
  }

  emit(code: string): void {
    this.#lines.push(code);
  }

  /** A variable of the function that is being written, undefined at first. */
  temporary(): string {
    const name = this.name('t');
    this.#temporaries.push(name);
    return name;
  }

  /** A name that nothing else has. */
  name(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }

  constant(value: PyFloat): string {
    this.constants.push(value);
    return `K[${this.constants.length - 1}]`;
  }

  /** Notes at run time that the render is at this line, unless that is known. */
  at(line: number): void {
    if (line === this.#line) return;
    this.#line = line;
    this.emit(`F.line = ${line};`);
  }

  /** From here on the line is not known: code was left or entered by a jump. */
  forgetLine(): void {
    this.#line = undefined;
  }

  /** The code that `write` emits, as the body of a function with temporaries of its own. */
  functionBody(write: () => void): string {
    const [lines, temporaries] = [this.#lines, this.#temporaries];
    this.#lines = [];
    this.#temporaries = [];
    this.forgetLine();
    write();
    const declared = this.#temporaries.length === 0 ? '' : `let ${this.#temporaries.join(', ')};\n`;
    const body = declared + this.#lines.join('\n');
    this.#lines = lines;
    this.#temporaries = temporaries;
    this.forgetLine();
    return body;
  }

  get asyncWord(): string {
    return this.mode.waits ? 'async ' : '';
  }

  get awaitWord(): string {
    return this.mode.waits ? 'await ' : '';
  }
}
