import type { Machine } from './machine.ts';
import { type Check, failed, median, medianSeconds, passed, type Result, type Skipped } from './result.ts';

const heads = ['case', 'subject', 'wall s', 'k rows/s', 'CPU s', 'MiB', 'ratio', 'arrived'];

/** The table as Markdown, so that it can stand in a document as it is. */
export function tableText(results: readonly Result[]): string {
  const lines = results.map((result) => cells(result));
  return [heads, heads.map(() => '---'), ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function cells({ case: name, subject, rows, samples, checks = [], arrived = '' }: Result): string[] {
  const seconds = medianSeconds(samples);
  const speed = rows === undefined ? '' : (rows / seconds / 1000).toFixed(0);
  const cpu = median(samples.map(({ cpuSeconds }) => cpuSeconds)).toFixed(1);
  const memory = Math.max(...samples.map(({ peakMib }) => peakMib)).toFixed(0);
  const ranges = samples.map((sample) => sample.seconds);
  const spread = samples.length > 1 ? ` (${Math.min(...ranges).toFixed(2)}-${Math.max(...ranges).toFixed(2)})` : '';
  return [
    name,
    subject,
    `${seconds.toFixed(2)}${spread}`,
    speed,
    cpu,
    memory,
    checks.map(checkText).join('; '),
    arrived,
  ];
}

function checkText(check: Check): string {
  const { what, value, least, most, goal } = check;
  const bound = least !== undefined ? `at least ${least}` : `at most ${most}`;
  const wanted = goal === undefined ? bound : `${bound}, goal ${goal}`;
  return `${value.toFixed(value < 10 ? 2 : 0)} ${what} (${wanted})${missText(check)}`;
}

function missText(check: Check): string {
  if (passed(check)) return '';
  return failed(check) ? ' MISSED' : ' MISSED, as docs/benchmarks.md explains';
}

export function machineText(machine: Machine): string {
  const { cpu, cores, memoryGib, system, node, loadBefore, commit, at } = machine;
  return `${cpu}, ${cores} cores, ${memoryGib} GiB, ${system}, Node ${node}, load ${loadBefore} before, commit ${commit}, ${at}`;
}

export function skippedText(skipped: readonly Skipped[]): string {
  return skipped.map(({ case: name, why }) => `NOT MEASURED: ${name}: ${why}`).join('\n');
}
