import type { ContextFacts } from '../../transforms/context/index.ts';
import type { Invocation } from '../command.ts';
import { errorText } from '../output/error.ts';
import { printable } from '../output/format.ts';
import { maskText } from '../output/secret.ts';
import { paint } from '../terminal.ts';
import type { OpenModels } from './opening.ts';

/** What templates say to people, for verbs that show nothing else meanwhile. */
export function templateMessages({ terminal, options }: Invocation): ContextFacts['tell'] {
  return (kind, message) => {
    if (kind === 'log' || (options.quiet && kind !== 'print')) return;
    const mark = kind === 'warn' ? `${paint(terminal, 'yellow', 'warn')}   ` : '';
    terminal.err.write(`${mark}${maskText(printable(message))}\n`);
  };
}

/** What of a project is likely a slip, and no error. */
export function tellNotes({ terminal, options }: Invocation, { project }: OpenModels): void {
  if (options.quiet) return;
  for (const { message, at } of project.problems.notes) {
    const place = at === undefined ? '' : `  ${at}`;
    terminal.err.write(`${paint(terminal, 'yellow', 'note')}   ${maskText(printable(message))}${place}\n`);
  }
}

export function tellErrors(
  { terminal }: Invocation,
  errors: readonly { envelope(): Parameters<typeof errorText>[1] }[],
): void {
  for (const error of errors) terminal.err.write(`${errorText(terminal, error.envelope())}\n`);
}
