import process from 'node:process';
import { styleText } from 'node:util';

/** The two streams, and what may be done with them. Data and JSON go to `out`, words for people to `err`. */
export interface Terminal {
  readonly out: NodeJS.WritableStream;
  readonly err: NodeJS.WritableStream;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** A person is there to answer: stdin and stderr are both terminals. */
  readonly interactive: boolean;
  /** Lines may be drawn again on `err`. */
  readonly live: boolean;
  /** Colours on `err`. */
  readonly color: boolean;
  /** Colours on `out`, for reports. */
  readonly reportColor: boolean;
  columns(): number;
}

/** The terminal of this process. `color` false: `--no-color`. */
export function processTerminal(color: boolean): Terminal {
  const { stdin, stdout, stderr, env } = process;
  const dumb = env.TERM === 'dumb';
  const wanted = color && !dumb && (env.NO_COLOR ?? '') === '';
  return {
    out: stdout,
    err: stderr,
    env,
    cwd: process.cwd(),
    interactive: stdin.isTTY === true && stderr.isTTY === true && env.CI !== 'true',
    live: stderr.isTTY === true && !dumb,
    color: wanted && stderr.isTTY === true,
    reportColor: wanted && stdout.isTTY === true,
    columns: () => stderr.columns || 80,
  };
}

export type Tone = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold';

/** `text` in a tone, or as it is where the terminal takes no colour. */
export function paint(terminal: Pick<Terminal, 'color'>, tone: Tone, text: string): string {
  return terminal.color ? styleText(tone, text, { validateStream: false }) : text;
}

/** The terminal as reports on `out` see it. */
export function reportTerminal(terminal: Terminal): Terminal {
  return { ...terminal, color: terminal.reportColor };
}
