import { isFunction } from './function-name.ts';
import type { Pass } from './pass.ts';
import type { Token } from './token.ts';
import { isTrivia, type TokenList } from './token-list.ts';

/** Pieces of a statement: text that is read as SQL, and tokens of the statement itself. */
export type Parts = readonly (string | readonly Token[])[];

/** What stands between the commas of a call, without blanks around it. */
export type Args = readonly (readonly Token[])[];

/** A call of a function, in the hands of what rewrites it. */
export interface Call {
  readonly args: Args;
  readonly pass: Pass;
  /** Where the name of the function stands. */
  readonly place: number;
}

/** What stands for the call; undefined: it stays. */
export type Rewrite = (call: Call) => Parts | undefined;

/** Rewrites calls of functions by their names, the inner ones first. */
export function rewriteCalls(rewrites: Readonly<Record<string, Rewrite>>): (pass: Pass) => void {
  return (pass) => {
    const { list } = pass;
    for (let place = list.length - 1; place >= 0; place--) {
      const name = list.key(place);
      if (!Object.hasOwn(rewrites, name) || !isFunction(list, place, name)) continue;
      const open = list.next(place);
      const close = list.closing(open);
      if (close === undefined) continue;
      const parts = rewrites[name]!({ args: argsBetween(list, open, close), pass, place });
      if (parts !== undefined) list.replace(place, close + 1, ...parts);
    }
  };
}

export function argsBetween(list: TokenList, open: number, close: number): Args {
  if (list.next(open) === close) return [];
  const args: Token[][] = [[]];
  for (let place = open + 1, depth = 0; place < close; place++) {
    const token = list.at(place);
    depth += token.key === '(' ? 1 : token.key === ')' ? -1 : 0;
    if (depth === 0 && token.key === ',') args.push([]);
    else args.at(-1)!.push(token);
  }
  return args.map(trimmed);
}

export function trimmed(tokens: readonly Token[]): readonly Token[] {
  const first = tokens.findIndex((token) => !isTrivia(token));
  const last = tokens.findLastIndex((token) => !isTrivia(token));
  return first < 0 ? [] : tokens.slice(first, last + 1);
}

/** A form in which `$1` stands for the first argument, as often as it is written. */
export function filled(form: string, args: Args): Parts {
  return form.split(/(\$\d)/).map((piece) => (/^\$\d$/.test(piece) ? args[Number(piece[1]) - 1]! : piece));
}

/** The text that an argument is; undefined where it is anything else. */
export function literalText(arg: readonly Token[] | undefined): string | undefined {
  const token = arg?.length === 1 ? arg[0] : undefined;
  return token?.kind === 'string' && token.text.startsWith("'") ? token.text.slice(1, -1) : undefined;
}

/** The whole number that an argument is, with its sign. */
export function literalNumber(arg: readonly Token[] | undefined): number | undefined {
  const text = arg?.map((token) => token.text).join('') ?? '';
  return /^-?\s*\d+$/.test(text) ? Number(text.replaceAll(/\s/g, '')) : undefined;
}
