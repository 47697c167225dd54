import { raised } from '../value/error.ts';

export interface WrapRules {
  readonly width: number;
  readonly breakLong: boolean;
  readonly hyphens: boolean;
}

const SPACES = /[\t\n\v\f\r ]+/;

/** Where a line may be broken: at white space, after a hyphen between letters, around dashes. */
const PIECES =
  /[\t\n\v\f\r ]+|(?<=[\w!"'&.,?])-{2,}(?=\w)|[^\t\n\v\f\r ]+?(?:-(?:(?<=[\p{L}_]{2}-)|(?<=[\p{L}_]-[\p{L}_]-))(?=[\p{L}_]-?[\p{L}_])|(?=[\t\n\v\f\r ]|$)|(?<=[\w!"'&.,?])(?=-{2,}\w))/gu;

/** A line as lines of at most so many characters, as Python's textwrap breaks it. */
export function wrapText(text: string, rules: WrapRules): string[] {
  if (rules.width <= 0) throw raised('ValueError', `invalid width ${rules.width} (must be > 0)`);
  const pieces = (rules.hyphens ? (text.match(PIECES) ?? []) : text.split(/([\t\n\v\f\r ]+)/)).filter(
    (piece) => piece !== '',
  );
  const lines: string[] = [];
  pieces.reverse();
  while (pieces.length > 0) {
    if (lines.length > 0 && isBlank(pieces.at(-1)!)) pieces.pop();
    const line = takeLine(pieces, rules);
    if (line.length > 0) lines.push(line.join(''));
  }
  return lines;
}

function isBlank(piece: string): boolean {
  return piece.trim() === '' && SPACES.test(piece);
}

/** Takes pieces from the end of the list as long as they fit. */
function takeLine(pieces: string[], { width, breakLong, hyphens }: WrapRules): string[] {
  const line: string[] = [];
  let length = 0;
  const size = (piece: string) => Array.from(piece).length;
  while (pieces.length > 0 && length + size(pieces.at(-1)!) <= width) {
    const piece = pieces.pop()!;
    line.push(piece);
    length += size(piece);
  }
  if (pieces.length > 0 && size(pieces.at(-1)!) > width) {
    if (breakLong) line.push(cutPiece(pieces, Math.max(1, width - length), hyphens));
    else if (line.length === 0) line.push(pieces.pop()!);
  }
  if (line.length > 0 && isBlank(line.at(-1)!)) line.pop();
  return line;
}

/** Cuts a piece that is longer than a line, at its last hyphen where there is one in the room that is left. */
function cutPiece(pieces: string[], room: number, hyphens: boolean): string {
  const points = Array.from(pieces.pop()!);
  let end = room;
  if (hyphens && points.length > room) {
    const hyphen = points.lastIndexOf('-', room - 1);
    if (hyphen > 0 && points.slice(0, hyphen).some((point) => point !== '-')) end = hyphen + 1;
  }
  pieces.push(points.slice(end).join(''));
  return points.slice(0, end).join('');
}
