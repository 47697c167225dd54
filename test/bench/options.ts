import { parseArgs } from 'node:util';

/** What `npm run bench -- ...` was asked for. */
export interface BenchOptions {
  /** Rows of the generated tables. */
  readonly rows: number;
  /** Runs of each measurement; the median counts. */
  readonly runs: number;
  /** Cases to keep to, by name; none: all. */
  readonly only: readonly string[];
  /** Other tools are measured beside millrace. */
  readonly peers: boolean;
  /** Print one JSON object on stdout instead of the table. */
  readonly json: boolean;
}

/** @throws TypeError for words that mean nothing */
export function parseOptions(words: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...words],
    options: {
      rows: { type: 'string', default: '1000000' },
      runs: { type: 'string', default: '3' },
      only: { type: 'string', multiple: true, default: [] },
      peers: { type: 'boolean', default: true },
      json: { type: 'boolean', default: false },
    },
    allowNegative: true,
  });
  return {
    rows: count(values.rows),
    runs: count(values.runs),
    only: values.only.flatMap((names) => names.split(',')),
    peers: values.peers,
    json: values.json,
  };
}

function count(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new TypeError(`"${text}" is not a whole number above 0`);
  return number;
}
