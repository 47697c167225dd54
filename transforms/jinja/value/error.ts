/** The exceptions of Python and Jinja that templates raise; some are caught by name (`|int` catches ValueError). */
export type RaisedType =
  | 'ArithmeticError'
  | 'AssertionError'
  | 'AttributeError'
  | 'DecimalException'
  | 'FilterArgumentError'
  | 'IndexError'
  | 'KeyError'
  | 'LimitError'
  | 'OverflowError'
  | 'RecursionError'
  | 'RuntimeError'
  | 'SecurityError'
  | 'StopIteration'
  | 'SyntaxError'
  | 'TemplateRuntimeError'
  | 'TypeError'
  | 'UndefinedError'
  | 'ValueError'
  | 'ZeroDivisionError';

/** An exception of a template, as Python would raise it, before it is known where. */
export class Raised extends Error {
  readonly type: RaisedType;

  constructor(type: RaisedType, message: string) {
    // Expressions that fail are tried often (`|int`), and the JS stack says nothing about a template.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = limit;
    this.name = type;
    this.type = type;
  }
}

export function raised(type: RaisedType, message: string): Raised {
  return new Raised(type, message);
}

export function typeError(message: string): Raised {
  return new Raised('TypeError', message);
}

export function valueError(message: string): Raised {
  return new Raised('ValueError', message);
}

export function isRaised(thrown: unknown, ...types: readonly RaisedType[]): boolean {
  return thrown instanceof Raised && (types.length === 0 || types.includes(thrown.type));
}

/** Largest text that a template may make, in UTF-16 units, and largest list or range, in items. */
export const LARGEST_TEXT = 128 * 1024 * 1024;
export const LARGEST_LIST = 5_000_000;

/** @throws Raised LimitError where a text would be larger than a template may make */
export function checkText(length: number): void {
  if (length > LARGEST_TEXT) throw new Raised('LimitError', `a text of more than ${LARGEST_TEXT} characters`);
}

/** @throws Raised LimitError where a list would be larger than a template may make */
export function checkList(length: number): void {
  if (length > LARGEST_LIST) throw new Raised('LimitError', `a list of more than ${LARGEST_LIST} items`);
}
