import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';

/**
 * Watches over one program on behalf of this process. It lives as long as its stdin is open, which the
 * kernel closes however this process ends, SIGKILL included; then it kills the program's process group and
 * removes its folder. It reads the pid, and later `ended`, so that a pid which the kernel gave to another
 * is never killed, or `keep`, which leaves the folder. A container's first process may never reap the
 * dead, so the wait for them has an end.
 */
const WATCH = `
folder=$1 keep=
read -r pid
while read -r word; do
  case $word in
    ended) pid= ;;
    keep) keep=1 ;;
  esac
done
if [ -n "$pid" ]; then
  kill -KILL "-$pid"
  tries=0
  while [ $tries -lt 40 ] && kill -0 "-$pid"; do tries=$((tries + 1)); sleep 0.05; done
fi
[ -n "$keep" ] || rm -rf -- "$folder"
`;

/**
 * Becomes the program when it is told to, which is after the watcher knows its pid: a runner that is killed
 * before leaves a shell that reads the end of its input and ends, not a program that nobody watches.
 */
const START = 'read -r go && exec "$@" </dev/null';

/** One run of a program that cannot outlive this process. */
export interface Supervised {
  /** The program's own process, and the number of its process group. */
  readonly pid: number;
  /** Settles when the program has ended, with its exit status (128 + signal for a signal). */
  readonly exited: Promise<number>;
  /** Sends a signal to the program and everything it started; nothing where it has ended. */
  kill(signal: NodeJS.Signals): void;
  /** Ends the program by SIGKILL if it still runs. The folder goes too, unless `keep`. */
  end(keep?: 'keep'): Promise<void>;
}

export interface SuperviseOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The folder by default. */
  readonly cwd?: string;
  /** Where output goes: the file `log` in the folder by default, or this process's own. */
  readonly output?: 'log' | 'inherit';
}

/**
 * Starts a program with a folder that belongs to it and is removed with it. Program and watcher are in
 * sessions of their own, so that a terminal's ^C passes them by. A program that cannot be run has the
 * shell's status, 126 or 127, and its words.
 */
export async function supervise(
  command: readonly string[],
  folder: string,
  options: SuperviseOptions = {},
): Promise<Supervised> {
  const watcher = spawn('sh', ['-c', WATCH, 'millrace-watch', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const watched = once(watcher, 'exit').then(() => undefined);
  watcher.stdin.on('error', () => undefined);
  const child = start(command, folder, options);
  const { pid } = child;
  if (pid === undefined) throw (await once(child, 'error'))[0];
  await written(watcher.stdin, `${pid}\n`);
  child.stdin.on('error', () => undefined);
  child.stdin.end('go\n');
  return handle(child, pid, watcher.stdin, watched);
}

function written(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => stream.write(text, (error) => (error ? reject(error) : resolve())));
}

function start(command: readonly string[], folder: string, options: SuperviseOptions) {
  const log = options.output === 'inherit' ? undefined : openSync(join(folder, 'log'), 'a');
  const output = log ?? 'inherit';
  const env = { ...process.env, ...options.env };
  const cwd = options.cwd ?? folder;
  const words = ['-c', START, 'millrace-start', ...command];
  const child = spawn('sh', words, { stdio: ['pipe', output, output], env, cwd, detached: true });
  if (log !== undefined) closeSync(log);
  if (child.stdin === null) throw new Error('the program has no input to be told by');
  return Object.assign(child, { stdin: child.stdin });
}

function handle(child: ChildProcess, pid: number, lifeline: Writable, watched: Promise<void>): Supervised {
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const kill = (signal: NodeJS.Signals) => {
    if (isRunning()) process.kill(-pid, signal);
  };
  const exited = once(child, 'exit').then(([code, signal]) => {
    if (!lifeline.writableEnded) lifeline.write('ended\n');
    return code ?? 128 + constants.signals[signal as NodeJS.Signals];
  });
  return {
    pid,
    exited,
    kill,
    async end(keep) {
      kill('SIGKILL');
      await exited;
      if (!lifeline.writableEnded) lifeline.end(keep === 'keep' ? 'keep\n' : undefined);
      await watched;
    },
  };
}
