import type { Expression, MacroNode, Parameter } from './ast.ts';
import { parseExpression } from './expression-parser.ts';
import type { Parser } from './parser.ts';
import { MACRO_PREFIX, parseMacroName, parseSignature } from './signature.ts';

/** dbt's own tags, which are macros of other names. */

export function parseMaterialization(parser: Parser, line: number): MacroNode {
  const { stream } = parser;
  const name = parseMacroName(parser);
  let adapter = 'default';
  let languages: Parameter | undefined;
  while (stream.skipOperator(',')) {
    const word = stream.expect('name');
    if (word.text === 'default') continue;
    if (word.text !== 'adapter' && word.text !== 'supported_languages') {
      throw stream.error(`materialization '${name}' received unknown argument '${word.text}'.`, word.line);
    }
    stream.expectOperator('=');
    const value = parseExpression(stream);
    if (word.text === 'supported_languages') languages = languagesParameter(value, word.line);
    else if (value.kind === 'constant' && typeof value.value === 'string') adapter = value.value;
    else throw stream.error('the adapter of a materialization is named by a text', word.line);
  }
  const sql: Expression = { kind: 'list', items: [{ kind: 'constant', value: 'sql', line }], line };
  return {
    kind: 'macro',
    name: `${MACRO_PREFIX}materialization_${name}_${adapter}`,
    parameters: [languages ?? languagesParameter(sql, line)],
    body: parser.bodyTo('endmaterialization'),
    line,
  };
}

function languagesParameter(defaultValue: Expression, line: number): Parameter {
  return { name: { kind: 'name', name: 'supported_languages', use: 'param', line }, type: undefined, defaultValue };
}

/** As dbt names what a docs block is in its template. */
export const DOCS_PREFIX = 'dbt_docs__';

export function parseDocs(parser: Parser, line: number): MacroNode {
  const name = DOCS_PREFIX + parseMacroName(parser);
  return { kind: 'macro', name, parameters: [], body: parser.bodyTo('enddocs'), line };
}

export function parseTest(parser: Parser, line: number): MacroNode {
  const name = `${MACRO_PREFIX}test_${parseMacroName(parser)}`;
  const parameters = parseSignature(parser);
  return { kind: 'macro', name, parameters, body: parser.bodyTo('endtest'), line };
}
