/**
 * The rows of a CSV file as Python's `csv` reads them, whose reader is dbt's: a quote inside an unquoted cell is a quote, text after a closing
 * quote belongs to the cell, a file that ends inside quotes ends the cell. Line ends are `\n` also inside quotes, as Python opens its files. A
 * line with nothing in it is a row without cells.
 */
export function parseCsv(source: string, delimiter: string): string[][] {
  const text = source.replace(/^\u{feff}/u, '').replace(/\r\n?/g, '\n');
  const rows: string[][] = [];
  let at = 0;
  while (at < text.length) {
    const row: string[] = [];
    at = readRow(text, at, delimiter, row);
    rows.push(row);
  }
  return rows;
}

/** Reads one row into `row`, and gives where the next one begins. */
function readRow(text: string, begin: number, delimiter: string, row: string[]): number {
  if (text[begin] === '\n') return begin + 1;
  let at = begin;
  for (;;) {
    let cell = '';
    if (text[at] === '"') {
      const [inside, after] = quoted(text, at + 1);
      cell = inside;
      at = after;
    }
    const end = endOf(text, at, delimiter);
    row.push(cell + text.slice(at, end));
    if (text[end] !== delimiter) return end + 1;
    at = end + 1;
  }
}

/** The text up to the closing quote, a doubled one being a quote, and where it goes on. */
function quoted(text: string, begin: number): [inside: string, after: number] {
  let inside = '';
  for (let at = begin; ; ) {
    const close = text.indexOf('"', at);
    if (close < 0) return [inside + text.slice(at), text.length];
    inside += text.slice(at, close);
    if (text[close + 1] !== '"') return [inside, close + 1];
    inside += '"';
    at = close + 2;
  }
}

function endOf(text: string, from: number, delimiter: string): number {
  const line = text.indexOf('\n', from);
  const end = line < 0 ? text.length : line;
  const next = text.indexOf(delimiter, from);
  return next < 0 || next > end ? end : next;
}
