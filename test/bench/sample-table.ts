import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../services/cache.ts';

/** A table that is copied, and how its rows are made. */
export interface SampleTable {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** The row with this id, as LOAD DATA reads it. The same for every call. */
  readonly row: (id: number) => string;
}

/** Rows of one file, which is one LOAD DATA: what a transaction of millrace holds. */
export const FILE_ROWS = 50_000;
/** In the names of cached files: raised when rows are made in another way. */
const VERSION = 3;

/** A small generator of its own for each row, so that a row does not depend on those before. */
function numbers(id: number): (below: number) => number {
  let state = Math.imul(id, 0x9e3779b1) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const words =
  'north river mill stone quiet amber wheel grain copper field lantern harbour willow ember Zürich Åse 東京 cog'.split(
    ' ',
  );

function phrase(next: (below: number) => number, count: number): string {
  return Array.from({ length: count }, () => words[next(words.length)]).join(' ');
}

const two = (number: number) => String(number).padStart(2, '0');

/** INT UNSIGNED stays below 2^31: the other tool of the table fails above it. */
function wideRow(id: number): string {
  const next = numbers(id);
  const day = `20${two(10 + next(15))}-${two(1 + next(12))}-${two(1 + next(28))}`;
  const time = `${two(next(24))}:${two(next(60))}:${two(next(60))}.${String(next(1_000_000)).padStart(6, '0')}`;
  const doc = `{"a": ${next(100_000)}, "b": "${phrase(next, 2)}", "c": [${next(10)}, ${next(100)}, true]}`;
  return [
    id,
    next(2_000_000) - 1_000_000,
    next(2_147_483_647),
    `${next(1_000_000)}.${String(next(10_000)).padStart(4, '0')}`,
    `C${next(1_000_000_000).toString(36)}`,
    phrase(next, 5),
    next(3) === 0 ? '\\N' : phrase(next, 11),
    `${day} ${time}`,
    doc,
    next(4) === 0 ? '\\N' : next(1_000_000) / 1000,
    next(5) === 0 ? '\\N' : phrase(next, 1),
    Array.from({ length: 20 }, () => escaped(next(128))).join(''),
  ].join('\t');
}

/** A byte of a BLOB as LOAD DATA reads it; below 128, so that the file is text and needs no conversion in the ceiling's statement. */
function escaped(byte: number): string {
  const letter = { 0: '0', 9: 't', 10: 'n', 92: '\\' }[byte];
  return letter === undefined ? String.fromCharCode(byte) : `\\${letter}`;
}

/** Twelve columns, about 250 bytes of text a row. */
export const wide: SampleTable = {
  name: 'wide',
  columns: [
    { name: 'id', type: 'BIGINT NOT NULL PRIMARY KEY' },
    { name: 'quantity', type: 'INT NOT NULL' },
    { name: 'flags', type: 'INT UNSIGNED NOT NULL' },
    { name: 'price', type: 'DECIMAL(18,4) NOT NULL' },
    { name: 'code', type: 'VARCHAR(16) NOT NULL' },
    { name: 'title', type: 'VARCHAR(64) NOT NULL' },
    { name: 'note', type: 'TEXT NULL' },
    { name: 'seen_at', type: 'DATETIME(6) NOT NULL' },
    { name: 'doc', type: 'JSON NOT NULL' },
    { name: 'score', type: 'DOUBLE NULL' },
    { name: 'city', type: 'VARCHAR(40) NULL' },
    { name: 'payload', type: 'BLOB NOT NULL' },
  ],
  row: wideRow,
};

/** Three columns, about 31 bytes a row. */
export const narrow: SampleTable = {
  name: 'narrow',
  columns: [
    { name: 'id', type: 'BIGINT NOT NULL PRIMARY KEY' },
    { name: 'quantity', type: 'INT NOT NULL' },
    { name: 'code', type: 'VARCHAR(32) NOT NULL' },
  ],
  row: (id) => {
    const next = numbers(id);
    return `${id}\t${next(2_000_000_000) - 1_000_000_000}\tC${next(1_000_000_000).toString(36)}`;
  },
};

export function createSql({ name, columns }: SampleTable, as = name): string {
  const parts = columns.map((column) => `\`${column.name}\` ${column.type}`);
  return `CREATE TABLE \`${as}\` (${parts.join(', ')}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`;
}

/** Text files for LOAD DATA with the rows 1 to `rows`, in order; made once and kept outside the repository. */
export async function sampleFiles(table: SampleTable, rows: number): Promise<string[]> {
  const folder = await cached(`bench-${table.name}-${rows}-${VERSION}`, async (target) => {
    for (let first = 1; first <= rows; first += FILE_ROWS) {
      const part = String((first - 1) / FILE_ROWS).padStart(4, '0');
      await writeRows(join(target, `${part}.txt`), table, first, Math.min(first + FILE_ROWS - 1, rows));
    }
  });
  return (await readdir(folder)).sort().map((name) => join(folder, name));
}

async function writeRows(path: string, { row }: SampleTable, first: number, last: number): Promise<void> {
  const file = createWriteStream(path);
  for (let id = first; id <= last; id += 1000) {
    const lines = Array.from({ length: Math.min(1000, last - id + 1) }, (_, i) => `${row(id + i)}\n`);
    if (!file.write(lines.join(''))) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}
