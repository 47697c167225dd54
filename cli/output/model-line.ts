import type { ModelEvent, NodeEnded, NodeInfo } from '../../transforms/run/event.ts';
import type { NodeStatus } from '../../transforms/run/result.ts';
import { paint, type Terminal, type Tone } from '../terminal.ts';
import { clip, formatDuration, pad, plural, printable } from './format.ts';

const NAME_WIDTH = 48;

const WORDS: Readonly<Record<NodeStatus, readonly [string, Tone]>> = {
  success: ['ok', 'green'],
  'partial success': ['partly', 'red'],
  'no-op': ['no-op', 'dim'],
  pass: ['pass', 'green'],
  warn: ['warn', 'yellow'],
  fail: ['FAIL', 'red'],
  error: ['ERROR', 'red'],
  'runtime error': ['ERROR', 'red'],
  skipped: ['skip', 'yellow'],
};

/** `run 0b6c.. build  target dev, 4 threads: 2 seeds, 12 models, 20 tests`. */
export function startedLine({
  run,
  command,
  target,
  threads,
  nodes,
}: Extract<ModelEvent, { event: 'started' }>): string {
  const kinds = Object.entries(nodes).map(([kind, count]) => plural(count, kind.replace('_', ' ')));
  const what = kinds.length === 0 ? 'nothing to do' : kinds.join(', ');
  return `${command}  run ${run.slice(0, 8)}  target ${printable(target)}, ${plural(threads, 'thread')}: ${what}`;
}

/** ` 3 of 12  ok     view         shop.stg_orders    4 rows in 0.2 s`. */
export function endedLine(terminal: Terminal, event: NodeEnded): string {
  const { index, total, status, node } = event;
  const digits = String(total).length;
  const [word, tone] = WORDS[status];
  const place = `${String(index).padStart(digits)} of ${total}`;
  const name = pad(clip(shownName(node), NAME_WIDTH), NAME_WIDTH);
  const line = `${place}  ${paint(terminal, tone, pad(word, 6))} ${pad(kindOf(node), 12)} ${name}  ${detailOf(event)}`;
  return line.trimEnd();
}

/** A node at work: what it is, and since when. */
export function runningLine(node: NodeInfo, seconds: number, width: number): string {
  return clip(`  ${pad(kindOf(node), 12)} ${shownName(node)}  ${formatDuration(seconds)}`, width);
}

function detailOf({ status, seconds, rows, failures, node, message }: NodeEnded): string {
  if (status === 'skipped') return printable((message ?? '').replace(/^Skipped: /, ''));
  const time = formatDuration(seconds);
  if (node.type === 'test' && failures !== undefined && failures > 0)
    return `${plural(failures, 'failure')} in ${time}`;
  const counted = rows !== undefined && status === 'success' && node.materialized !== 'view' && node.type !== 'test';
  return counted ? `${plural(rows, 'row')} in ${time}` : time;
}

function kindOf({ type, materialized }: NodeInfo): string {
  return type === 'model' ? (materialized ?? type) : type.replace('_', ' ');
}

/** What is built goes by the table that it becomes, a test by its name. */
function shownName({ type, name, relation }: NodeInfo): string {
  return printable(type === 'test' || type === 'unit_test' ? name : (relation ?? name));
}
