import type { StreamVerify } from '../../connectors/sync/verify.ts';
import type { RowDifference } from '../../connectors/sync/verify-sample.ts';
import { paint, type Terminal, type Tone } from '../terminal.ts';
import { clip, formatCount, plural, printable } from './format.ts';

const WIDTH = 60;

const MARKS: Readonly<Record<StreamVerify['status'], readonly [Tone, string]>> = {
  equal: ['green', 'equal'],
  different: ['red', 'DIFFERENT'],
  'in-motion': ['yellow', 'in motion'],
  'not-comparable': ['yellow', 'not comparable'],
};

/** What a comparison found of one stream: counts, then the rows that differ with both sides' values. */
export function verifyText(terminal: Terminal, stream: StreamVerify): string {
  const [tone, word] = MARKS[stream.status];
  const names = `${printable(stream.stream)} -> ${printable(stream.table)}`;
  return [
    `  ${paint(terminal, tone, word)}  ${names}  ${amounts(stream)}`,
    ...notes(stream).map((line) => `      ${line}`),
    ...stream.samples.flatMap(rowText).map((line) => `      ${line}`),
  ].join('\n');
}

function amounts({ rows, reason, differences, more }: StreamVerify): string {
  if (reason !== undefined) return printable(reason);
  const { onlySource, onlyDestination, different, inMotion } = differences;
  const counted = [
    [onlySource, 'only at the source'],
    [onlyDestination, 'only at the destination'],
    [different, 'different'],
    [inMotion, 'in motion'],
  ] as const;
  const found = counted.filter(([count]) => count > 0).map(([count, word]) => `${formatCount(count)} ${word}`);
  const all = rows === undefined ? [] : [plural(rows.source, 'row')];
  return [...all, ...found, ...(more ? ['and more'] : [])].join(', ');
}

function notes({ leftOut, partial }: StreamVerify): string[] {
  return [
    ...leftOut.map(({ column, reason }) => `not compared: ${printable(column)}: ${reason}`),
    ...(partial.length === 0 ? [] : [`compared in part: ${partial.map(printable).join(', ')}`]),
  ];
}

function rowText({ key, kind, columns }: RowDifference): string[] {
  const head = `${kind.padEnd(16)}  key ${keyText(key)}`;
  const values = columns
    .filter(({ differs }) => differs)
    .map(({ name, source, destination }) => `  ${printable(name)}: ${valueText(source)} | ${valueText(destination)}`);
  return [head, ...values];
}

function keyText(key: RowDifference['key']): string {
  return Object.entries(key)
    .map(([name, value]) => `${printable(name)}=${valueText(value)}`)
    .join(', ');
}

function valueText(value: string | null | undefined): string {
  return value === undefined ? '(no row)' : value === null ? 'NULL' : clip(printable(value), WIDTH);
}
