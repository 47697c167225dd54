import type { RaisedType } from '../value/error.ts';

/** A place in a template. */
export interface TemplatePlace {
  /** Path of the file, or what else the template is called. */
  readonly template: string;
  /** From 1, in the file. */
  readonly line: number;
}

/** A call of a macro that was under way. */
export interface MacroCall extends TemplatePlace {
  readonly macro: string;
}

interface Details {
  readonly type: RaisedType | 'TemplateSyntaxError' | 'HostError';
  readonly at: TemplatePlace;
  readonly stack: readonly MacroCall[];
  readonly excerpt: string | undefined;
  readonly cause?: unknown;
}

/** A template that failed, in compiling or in running. The message is Jinja's own, without the place. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  /** Python's or Jinja's name of the exception; `HostError` where a function of the host failed, which is then the cause. */
  readonly type: Details['type'];
  readonly at: TemplatePlace;
  /** The macros that were being run, the outermost first: each with the place that it was called from. */
  readonly macros: readonly MacroCall[];
  /** The lines around the place, numbered. */
  readonly excerpt: string | undefined;

  constructor(message: string, details: Details) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.type = details.type;
    this.at = details.at;
    this.macros = details.stack;
    this.excerpt = details.excerpt;
  }

  /** All of it, for a person. */
  report(): string {
    const calls = this.macros
      .map((call) => `  in macro ${call.macro}, called at ${call.template}:${call.line}`)
      .reverse();
    const lines = [`${this.type}: ${this.message}`, `  at ${this.at.template}:${this.at.line}`, ...calls];
    return [...lines, ...(this.excerpt === undefined ? [] : [this.excerpt])].join('\n');
  }
}

/** Lines before and after the one that an excerpt points at. */
const AROUND = 2;

/** The lines around a place, numbered, with a mark at the one meant. */
export function excerptOf(source: string, firstLine: number, line: number): string | undefined {
  const lines = source.split(/\r\n|\r|\n/);
  const at = line - firstLine;
  if (at < 0 || at >= lines.length) return undefined;
  const from = Math.max(0, at - AROUND);
  const shown = lines.slice(from, at + AROUND + 1);
  const width = String(firstLine + from + shown.length).length;
  return shown
    .map((text, index) => {
      const number = firstLine + from + index;
      return `${number === line ? '>' : ' '} ${String(number).padStart(width)} | ${text.slice(0, 200)}`;
    })
    .join('\n');
}
