import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunEvent, RunFinished } from '../../connectors/contract/index.ts';
import { root } from '../cli/command-line.ts';

/** How a process of millrace came to its end. */
export interface Ended {
  readonly words: readonly string[];
  readonly how: number | NodeJS.Signals;
  /** The terminal event, where it came so far. */
  readonly finished: RunFinished | undefined;
  /** What it said on stderr, the end of it. */
  readonly said: string;
}

/** `millrace ... --json` in a project's folder, as a process of its own. */
export interface Runner {
  readonly child: ChildProcess;
  /** Whether it came to work: settled with its first event, or its end without one. */
  readonly began: Promise<boolean>;
  readonly gone: Promise<Ended>;
}

const REPORT_MS = 10_000;
const SAID_CHARACTERS = 4_000;
/** Told by this signal, a process writes down what it holds open. */
const REPORT_SIGNAL = 'SIGUSR2';
const REPORTS = `--report-on-signal --report-signal=${REPORT_SIGNAL} --report-compact --report-exclude-network --report-exclude-env`;

export function startMillrace(
  folder: string,
  words: readonly string[],
  onEvent: (event: RunEvent) => void = () => undefined,
): Runner {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [join(root, 'cli/bin.js'), ...words, '--json'], {
    cwd: folder,
    env: { PATH, HOME, XDG_STATE_HOME: join(folder, 'xdg-state'), NODE_OPTIONS: REPORTS },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // All that the processes of one pipeline said, for whoever looks for a cause.
  const log = createWriteStream(join(folder, `${words.join('-')}.log`), { flags: 'a' });
  let finished: RunFinished | undefined;
  let said = '';
  const began = Promise.withResolvers<boolean>();
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-SAID_CHARACTERS);
  });
  createInterface(child.stdout).on('line', (line) => {
    log.write(`${line}\n`);
    const event = told(line);
    if (event?.event === undefined) {
      said += line;
      return;
    }
    if (event.event === 'finished') finished = event;
    if (event.event === 'started') began.resolve(true);
    onEvent(event);
  });
  const gone = once(child, 'close')
    .then(() => log.end())
    .then(() => ({
      words,
      how: child.signalCode ?? child.exitCode ?? 0,
      finished,
      said,
    }));
  void gone.then(() => began.resolve(false));
  return { child, began: began.promise, gone };
}

/** What a process that does not end holds open: the kinds of its handles and where its connections go. */
export async function heldBy({ child }: Runner, folder: string): Promise<string> {
  const isReport = (name: string) => name.startsWith('report.') && name.split('.')[3] === `${child.pid}`;
  const found = async () => (await readdir(folder)).find(isReport);
  child.kill(REPORT_SIGNAL);
  for (const until = performance.now() + REPORT_MS; performance.now() < until; await sleep(100)) {
    const report = await found().then(async (name) => name && (await readFile(join(folder, name), 'utf8')));
    if (report?.endsWith('}\n')) return heldText(JSON.parse(report) as Report);
  }
  return 'it writes no report';
}

interface Report {
  readonly javascriptStack?: { readonly stack?: readonly string[] };
  readonly libuv: readonly {
    readonly type: string;
    readonly is_active: boolean;
    readonly is_referenced: boolean;
    readonly remoteEndpoint?: { readonly port: number } | null;
    readonly firesInMsFromNow?: number;
  }[];
}

function heldText({ libuv, javascriptStack }: Report): string {
  const held = libuv
    .filter((one) => one.is_active && one.is_referenced)
    .map(({ type, remoteEndpoint, firesInMsFromNow }) =>
      [type, remoteEndpoint?.port, firesInMsFromNow].join(' ').trim(),
    );
  return `${held.join(', ')}; ${javascriptStack?.stack?.slice(0, 5).join(' ') ?? ''}`;
}

/** A line that a killed process did not write to its end says nothing. */
function told(line: string): RunEvent | undefined {
  try {
    return JSON.parse(line) as RunEvent;
  } catch {
    return undefined;
  }
}
