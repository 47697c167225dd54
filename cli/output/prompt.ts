import { createInterface } from 'node:readline/promises';
import { millraceError } from '../../connectors/contract/index.ts';
import type { Options } from '../command.ts';
import type { Terminal } from '../terminal.ts';

/** Asks one line on stderr. Only for a terminal with somebody at it: see `Terminal.interactive`. */
export async function ask(terminal: Terminal, question: string, fallback = ''): Promise<string> {
  const asked = createInterface({ input: process.stdin, output: terminal.err });
  try {
    const answer = await asked.question(fallback === '' ? `${question}: ` : `${question} [${fallback}]: `);
    return answer.trim() || fallback;
  } finally {
    asked.close();
  }
}

/** Whether to go on with what cannot be taken back. `--yes` says so; without a terminal and without `--yes` it is an error, never a question. */
export async function confirm(terminal: Terminal, { yes, json }: Options, question: string): Promise<boolean> {
  if (yes) return true;
  if (!terminal.interactive || json) {
    throw millraceError('config.invalid', `nobody is there to answer: ${question}`, { fix: 'Add `--yes` to do it.' });
  }
  return /^y(es)?$/i.test(await ask(terminal, `${question} (y/N)`));
}
