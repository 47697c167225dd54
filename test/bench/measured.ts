import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sample } from './result.ts';

/** The shell's own account of what it waited for: the program and all that this waited for. */
const WITH_TIMES = '"$@"; status=$?; times >&3; exit $status';
const SAMPLE_MS = 50;

export interface Measured extends Sample {
  readonly stdout: string;
}

/** Without what the program said. */
export function sampleOf({ seconds, cpuSeconds, peakMib }: Measured): Sample {
  return { seconds, cpuSeconds, peakMib };
}

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a program to its end, timed from outside as a user would see it. Memory is the high-water mark of each process as the kernel
 * keeps it, looked at every 50 ms, summed over those that ran.
 * @throws Error with the end of its output when it does not exit with 0
 */
export async function measure(command: readonly string[], options: ProgramOptions = {}): Promise<Measured> {
  const env = { ...process.env, ...options.env };
  const started = performance.now();
  const child = spawn('sh', ['-c', WITH_TIMES, 'measured', ...command], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const [stdout, stderr, times] = [child.stdio[1]!, child.stdio[2]!, child.stdio[3] as NodeJS.ReadableStream].map(
    (stream) => text(stream),
  ) as [Promise<string>, Promise<string>, Promise<string>];
  const ended = once(child, 'close');
  const exited = once(child, 'exit').then(() => performance.now());
  const peak = peakOf(child.pid!, () => child.exitCode === null && child.signalCode === null);
  const seconds = ((await exited) - started) / 1000;
  await ended;
  if (child.exitCode !== 0) {
    const words = `${await stdout}\n${await stderr}`.trim().slice(-2000);
    throw new Error(`${command.slice(0, 3).join(' ')} ended with ${child.exitCode ?? child.signalCode}:\n${words}`);
  }
  return { seconds, cpuSeconds: childSeconds(await times), peakMib: await peak, stdout: await stdout };
}

/** The second line of `times`: user and system time of the children, e.g. `0m1.23s 0m0.45s`. */
function childSeconds(times: string): number {
  const [, children = ''] = times.split('\n');
  const spent = [...children.matchAll(/(\d+)m([\d.]+)s/g)];
  return spent.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}

/** MiB of memory that the descendants of a shell had at their peak. */
async function peakOf(shell: number, runs: () => boolean): Promise<number> {
  const marks = new Map<number, number>();
  while (runs()) {
    for (const pid of descendants(shell)) marks.set(pid, Math.max(marks.get(pid) ?? 0, highWater(pid)));
    await sleep(SAMPLE_MS);
  }
  return [...marks.values()].reduce((sum, mark) => sum + mark, 0) / 1024;
}

function descendants(pid: number): number[] {
  const children = procFile(`/proc/${pid}/task/${pid}/children`).trim().split(/\s+/).filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** KiB. */
function highWater(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(procFile(`/proc/${pid}/status`))?.[1] ?? 0);
}

/** A process may end while it is looked at. */
function procFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
