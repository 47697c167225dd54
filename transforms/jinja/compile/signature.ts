import type { Parameter, TypeName } from './ast.ts';
import { parseExpression } from './expression-parser.ts';
import type { Parser } from './parser.ts';

/** As dbt names what a macro is in its template. */
export const MACRO_PREFIX = 'dbt_macro__';

/** @throws TemplateSyntaxError for what is no name, such as `true` */
export function parseMacroName(parser: Parser): string {
  const { text, line } = parser.stream.expect('name');
  checkAssignable(parser, text, line);
  return text;
}

function checkAssignable(parser: Parser, name: string, line: number): void {
  if (['true', 'false', 'none', 'True', 'False', 'None'].includes(name)) {
    throw parser.stream.error("can't assign to 'name'", line);
  }
}

/** Parameters with types and defaults, in parentheses. */
export function parseSignature(parser: Parser): readonly Parameter[] {
  const { stream } = parser;
  const parameters: Parameter[] = [];
  stream.expectOperator('(');
  while (!stream.isOperator(')')) {
    if (parameters.length > 0) stream.expectOperator(',');
    const { text, line } = stream.expect('name');
    checkAssignable(parser, text, line);
    const type = stream.skipOperator(':') ? parseTypeName(parser) : undefined;
    const defaultValue = stream.skipOperator('=') ? parseExpression(stream) : undefined;
    if (defaultValue === undefined && parameters.at(-1)?.defaultValue !== undefined) {
      throw stream.error('non-default argument follows default argument');
    }
    parameters.push({ name: { kind: 'name', name: text, use: 'param', line }, type, defaultValue });
  }
  stream.next();
  return parameters;
}

function parseTypeName(parser: Parser): TypeName {
  const { stream } = parser;
  const name = stream.expect('name').text;
  const parameters: TypeName[] = [];
  if (!stream.skipOperator('[')) return { name, parameters };
  while (!stream.isOperator(']')) {
    if (parameters.length > 0) stream.expectOperator(',');
    parameters.push(parseTypeName(parser));
  }
  stream.next();
  return { name, parameters };
}
