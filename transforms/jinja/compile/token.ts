import type { PyFloat } from '../value/number.ts';

/** Operators are tokens of their own name; the rest is listed. */
export type TokenType =
  | 'data'
  | 'block_begin'
  | 'block_end'
  | 'variable_begin'
  | 'variable_end'
  | 'name'
  | 'string'
  | 'integer'
  | 'float'
  | 'operator'
  | 'eof';

export interface Token {
  readonly type: TokenType;
  /** Text of data, name, string and operator. */
  readonly text: string;
  readonly line: number;
  /** The number that an integer or float is. */
  readonly number?: number | bigint | PyFloat;
}

const NAMES: Readonly<Record<string, string>> = {
  block_begin: 'begin of statement block',
  block_end: 'end of statement block',
  variable_begin: 'begin of print statement',
  variable_end: 'end of print statement',
  data: 'template data / text',
  eof: 'end of template',
};

/** A token as messages name it. */
export function describe(token: Token): string {
  if (token.type === 'name' || token.type === 'operator') return token.text;
  return NAMES[token.type] ?? token.type;
}
