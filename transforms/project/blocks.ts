/** A block of a file of macros, docs or snapshots: `{% macro late(sent) %} ... {% endmacro %}`. */
export interface Block {
  /** `macro`, `test`, `materialization`, `docs`, `snapshot`; `data_test` counts as `test`. */
  readonly kind: string;
  readonly name: string;
  /** What follows the name inside the opening tag. */
  readonly head: string;
  /** With both tags. */
  readonly text: string;
  /** Between them. */
  readonly body: string;
  readonly offset: number;
}

/** What is wrong with the blocks of a file, and where. */
export class BlockProblem extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const NAME = /^\s*([A-Za-z_]\w*)/;

/**
 * The blocks of these kinds that are not inside another. Remarks, `raw` blocks and text within quotes of a tag are passed over.
 * @throws BlockProblem for a block that does not end or has no name
 */
export function blocksOf(text: string, kinds: readonly string[]): Block[] {
  const blocks: Block[] = [];
  let open: { kind: string; name: string; head: string; start: number; inside: number } | undefined;
  for (const tag of tagsOf(text)) {
    if (open !== undefined) {
      if (tag.word !== `end${open.kind}`) continue;
      const { kind, name, head, start, inside } = open;
      blocks.push({
        kind: kind === 'data_test' ? 'test' : kind,
        name,
        head,
        text: text.slice(start, tag.end),
        body: text.slice(inside, tag.start),
        offset: start,
      });
      open = undefined;
    } else if (kinds.includes(tag.word)) {
      const named = NAME.exec(tag.rest);
      if (named === null) throw new BlockProblem(`{% ${tag.word} %} has no name`, tag.start);
      open = {
        kind: tag.word,
        name: named[1]!,
        head: tag.rest.slice(named[0].length).trim(),
        start: tag.start,
        inside: tag.end,
      };
    } else if (kinds.some((kind) => tag.word === `end${kind}`)) {
      throw new BlockProblem(`{% ${tag.word} %} ends nothing`, tag.start);
    }
  }
  if (open !== undefined) throw new BlockProblem(`{% ${open.kind} ${open.name} %} does not end`, open.start);
  return blocks;
}

interface Tag {
  readonly word: string;
  readonly rest: string;
  readonly start: number;
  readonly end: number;
}

const OPENING = /\{(?:%[-+]?\s*(\w+)|#|\{)/g;

function* tagsOf(text: string): Generator<Tag> {
  const opening = new RegExp(OPENING);
  for (let found = opening.exec(text); found !== null; found = opening.exec(text)) {
    const start = found.index;
    if (text[start + 1] !== '%') {
      opening.lastIndex = text[start + 1] === '#' ? after(text, '#}', start + 2) : endOf(text, start + 2, '}}');
      continue;
    }
    const end = endOf(text, opening.lastIndex, '%}');
    const word = found[1]!;
    if (word === 'raw') {
      const closing = /\{%[-+]?\s*endraw\s*[-+]?%\}/g;
      closing.lastIndex = end;
      const close = closing.exec(text);
      opening.lastIndex = close === null ? text.length : closing.lastIndex;
      continue;
    }
    yield { word, rest: text.slice(opening.lastIndex, end - 2).replace(/[-+]$/, ''), start, end };
    opening.lastIndex = end;
  }
}

function after(text: string, sign: string, from: number): number {
  const at = text.indexOf(sign, from);
  return at < 0 ? text.length : at + sign.length;
}

/** Behind the sign that ends a tag: one within quotes does not. */
function endOf(text: string, from: number, sign: string): number {
  let quote = '';
  for (let at = from; at < text.length; at += 1) {
    const char = text[at]!;
    if (quote !== '') {
      if (char === '\\') at += 1;
      else if (char === quote) quote = '';
    } else if (char === "'" || char === '"') quote = char;
    else if (char === sign[0] && text[at + 1] === sign[1]) return at + 2;
  }
  return text.length;
}
