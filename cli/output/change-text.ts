import type { ShownChange, ShownRow } from '../../connectors/sync/index.ts';
import { paint, type Terminal, type Tone } from '../terminal.ts';
import { clip, printable } from './format.ts';

/** Longer values are cut for people; `--json` has them whole. */
const WIDTH = 60;

const tones: Readonly<Record<ShownChange['op'], Tone>> = {
  insert: 'green',
  update: 'yellow',
  put: 'yellow',
  delete: 'red',
  truncate: 'red',
};

/** A change as lines: what happened to which row, then values; of an update only those that changed, where both sides are known. */
export function changeText(terminal: Terminal, { stream, op, at, key, before, after }: ShownChange): string {
  const keyed = Object.entries(key).map(([name, value]) => `${printable(name)}=${valueText(value)}`);
  const word = paint(terminal, tones[op], op.padEnd(8));
  const head = [at ?? '', word, printable(stream), ...keyed].filter((part) => part !== '').join('  ');
  return [head, ...values(key, before, after).map((line) => `    ${line}`)].join('\n');
}

function values(key: ShownRow, before: ShownRow | undefined, after: ShownRow | undefined): string[] {
  if (before !== undefined && after !== undefined) {
    const changed = Object.keys(after).filter((name) => before[name] !== after[name]);
    return changed.map((name) => `${printable(name)}: ${valueText(before[name])} -> ${valueText(after[name])}`);
  }
  const names = Object.entries(after ?? before ?? {}).filter(([name]) => !(name in key));
  return names.map(([name, value]) => `${printable(name)}: ${valueText(value)}`);
}

function valueText(value: string | null | undefined): string {
  return value === undefined ? '(absent)' : value === null ? 'NULL' : clip(printable(value), WIDTH);
}
