import type { Expression } from '../compile/ast.ts';
import { tokenize } from '../compile/lexer.ts';
import { parseTemplate } from '../compile/parser.ts';
import { negative, positive } from '../value/arithmetic.ts';
import { Dict } from '../value/dict.ts';
import type { Value } from '../value/object.ts';
import { PySet } from '../value/set.ts';
import { Tuple } from '../value/tuple.ts';

/**
 * A text that is a Python literal as its value; undefined where it is none. Templates have the same literals but for sets and
 * `lower-case` words, so that their parser reads them.
 */
export function literal(text: string): Value | undefined {
  const trimmed = text.replace(/^[ \t]+/, '').trimEnd();
  if (trimmed === '' || /[\n\r]/.test(trimmed.replace(/\\./gs, '')) || /\{\{|\}\}|[%#]\}|\{[%#]/.test(trimmed))
    return undefined;
  const set = /^\{(.*)\}$/s.exec(trimmed);
  try {
    if (set !== null && !/^\{\s*\}$/.test(trimmed)) {
      const items = expressionOf(`[${set[1]}]`);
      if (items !== undefined) return PySet.of(literalValue(items) as Value[]);
    }
  } catch {
    // It is no set; perhaps a dict.
  }
  try {
    const node = expressionOf(trimmed);
    return node === undefined ? undefined : literalValue(node);
  } catch {
    return undefined;
  }
}

function expressionOf(text: string): Expression | undefined {
  const source = `{{ ${text} }}`;
  const words = tokenize(source).filter((token) => token.type === 'name');
  if (words.some((word) => !['True', 'False', 'None'].includes(word.text))) return undefined;
  const { body } = parseTemplate(source);
  const [output] = body;
  if (body.length !== 1 || output?.kind !== 'output' || output.parts.length !== 1) return undefined;
  const [part] = output.parts;
  return part?.kind === 'data' ? undefined : part;
}

const notLiteral = new Error('not a literal');

function literalValue(node: Expression): Value {
  switch (node.kind) {
    case 'constant':
      return node.value;
    case 'list':
      return node.items.map(literalValue);
    case 'tuple':
      return new Tuple(node.items.map(literalValue));
    case 'dict':
      return Dict.of(node.entries.map(([key, value]) => [literalValue(key), literalValue(value)] as const));
    case 'negative':
    case 'positive': {
      const value = literalValue(node.operand);
      if (typeof value === 'boolean') throw notLiteral;
      return node.kind === 'negative' ? negative(value) : positive(value);
    }
    default:
      throw notLiteral;
  }
}
