import type { ModelsFinished, NodeEnded } from '../../transforms/run/event.ts';
import type { NodeStatus } from '../../transforms/run/result.ts';
import { paint, type Terminal } from '../terminal.ts';
import { errorText } from './error.ts';
import { formatCount, formatDuration, printable } from './format.ts';
import { maskText } from './secret.ts';

const ORDER: readonly NodeStatus[] = [
  'success',
  'pass',
  'no-op',
  'warn',
  'fail',
  'error',
  'runtime error',
  'partial success',
  'skipped',
];

/** What models came to: what is wrong, each with its place and how to mend it, then the counts. */
export function modelSummary(terminal: Terminal, finished: ModelsFinished, ended: readonly NodeEnded[]): string {
  const bad = ended.filter(({ status }) =>
    ['warn', 'fail', 'error', 'runtime error', 'partial success'].includes(status),
  );
  const problems = bad.map((event) => problemText(terminal, event));
  if (finished.error !== undefined) problems.push(errorText(terminal, finished.error));
  const word = {
    ok: paint(terminal, 'green', 'ok'),
    failed: paint(terminal, 'red', 'failed'),
    stopped: paint(terminal, 'yellow', 'stopped'),
  }[finished.status];
  return [
    ...problems,
    `${word}  ${finished.command}: ${countsText(finished)} in ${formatDuration(finished.seconds)}`,
    ...awakeLine(finished),
  ].join('\n');
}

function countsText({ counts }: ModelsFinished): string {
  const parts = ORDER.filter((status) => counts[status] !== undefined).map(
    (status) => `${formatCount(counts[status]!)} ${status}`,
  );
  return parts.length === 0 ? 'nothing to do' : parts.join(', ');
}

function awakeLine({ awakeSeconds }: ModelsFinished): string[] {
  return awakeSeconds === 0 ? [] : [`    awake: ${formatDuration(awakeSeconds)}`];
}

/** A message may have lines of its own, as the difference of a unit test does. */
function linesOf(message: string): string {
  return message.split('\n').map(printable).join('\n    ');
}

function problemText(terminal: Terminal, { node, status, error, message, compiled }: NodeEnded): string {
  const tone = status === 'warn' ? 'yellow' : 'red';
  const head =
    error === undefined
      ? `${paint(terminal, tone, status)}  ${paint(terminal, 'bold', printable(node.name))}  ${linesOf(message ?? '')}`
      : errorText(terminal, error);
  const lines = [
    head,
    `  node   ${node.id}`,
    `  file   ${node.file}`,
    ...(compiled === undefined || error?.at === compiled ? [] : [`  sql    ${compiled}`]),
  ];
  return maskText(lines.join('\n'));
}
