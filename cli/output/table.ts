import { displayWidth, pad, printable } from './format.ts';

/** Rows of text under a header, in columns two spaces apart. `right` names columns that hold numbers. */
export function textTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly string[] = [],
): string {
  const all = [header, ...rows].map((row) => row.map(printable));
  const widths = header.map((_, i) => Math.max(...all.map((row) => displayWidth(row[i] ?? ''))));
  return all.map((row) => line(row, header, widths, right)).join('\n');
}

function line(
  row: readonly string[],
  header: readonly string[],
  widths: readonly number[],
  right: readonly string[],
): string {
  const cells = row.map((cell, i) => {
    const width = widths[i] ?? 0;
    return right.includes(header[i] ?? '') ? ' '.repeat(width - displayWidth(cell)) + cell : pad(cell, width);
  });
  return cells.join('  ').trimEnd();
}
