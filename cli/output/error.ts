import type { ErrorEnvelope, MillraceError, Origin } from '../../connectors/contract/index.ts';
import { paint, type Terminal } from '../terminal.ts';
import { printable } from './format.ts';
import { maskText } from './secret.ts';

const SIDES: Readonly<Record<Origin, string>> = {
  config: 'configuration',
  source: 'source',
  destination: 'destination',
  model: 'model',
  environment: 'network, rights or machine',
  internal: 'millrace itself',
};

/** An error in a screen: what failed, whose side, where, why, how to mend it. */
export function errorText(terminal: Terminal, error: ErrorEnvelope): string {
  const lines = [
    `${paint(terminal, 'red', 'error')} ${paint(terminal, 'bold', error.code)}  ${shown(error.message)}`,
    `  side   ${SIDES[error.origin]}`,
    ...(error.at === undefined ? [] : [`  at     ${printable(error.at)}`]),
    ...(error.cause === undefined ? [] : [`  cause  ${shown(error.cause)}`]),
    ...(error.fix === undefined ? [] : [`  fix    ${shown(error.fix)}`]),
  ];
  return maskText(lines.join('\n'));
}

/** Messages may have lines; a name in them may hold what drives a terminal. */
function shown(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** The stack of an error and of every cause below it, for `--debug`. */
export function stackText(error: MillraceError): string {
  const stacks: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    stacks.push(cause.stack ?? cause.message);
  return maskText(stacks.join('\ncaused by '));
}
