import { asMillraceError, type ErrorEnvelope, type MillraceError } from '../connectors/contract/index.ts';
import type { CommandSpec, Invocation, Outcome } from './command.ts';
import { EXIT, type ExitCode, exitOfError } from './exit.ts';
import { errorText, stackText } from './output/error.ts';
import { maskText, maskValue } from './output/secret.ts';
import { paint } from './terminal.ts';

/** What `--json` prints for a command that is not a run: always these five, once. */
export interface JsonOutcome {
  readonly command: string;
  readonly ok: boolean;
  readonly summary: string;
  readonly result: unknown;
  readonly error: ErrorEnvelope | null;
}

/** Loads and runs a command and prints what it came to. Never throws. */
export async function runCommand(spec: CommandSpec, invocation: Invocation): Promise<ExitCode> {
  warnOfPasswords(invocation);
  try {
    const { run } = await spec.load();
    const outcome = await run(invocation);
    return typeof outcome === 'number' ? outcome : printOutcome(spec.name, invocation, outcome);
  } catch (thrown) {
    const exit = printError(spec.name, invocation, asMillraceError(thrown));
    return spec.dbtExits ? EXIT.usage : exit;
  }
}

/** Other users of the machine can read the words of a command line. */
function warnOfPasswords({ words, options, terminal }: Invocation): void {
  if (options.quiet || !words.some((word) => /^[a-z][a-z0-9+.-]*:\/\/[^/@:]*:[^@]+@/i.test(word))) return;
  const line = 'a password in a URL shows in the process list; `millrace init` keeps it in .env instead';
  terminal.err.write(`${paint(terminal, 'yellow', 'note')}   ${line}\n`);
}

function printOutcome(command: string, { options, terminal }: Invocation, outcome: Outcome): ExitCode {
  const { summary, result, report, exit } = outcome;
  if (options.json) printJson(terminal.out, { command, ok: exit === EXIT.ok, summary, result, error: null });
  else {
    if (report !== '') terminal.out.write(`${report}\n`);
    if (!options.quiet && summary !== '') terminal.err.write(`${maskText(summary)}\n`);
  }
  return exit;
}

function printError(command: string, { options, terminal }: Invocation, error: MillraceError): ExitCode {
  const envelope = maskValue(error.envelope());
  if (options.json)
    printJson(terminal.out, { command, ok: false, summary: envelope.message, result: null, error: envelope });
  else terminal.err.write(`${errorText(terminal, envelope)}\n`);
  if (options.debug) terminal.err.write(`${stackText(error)}\n`);
  return exitOfError(error);
}

export function printJson(out: NodeJS.WritableStream, outcome: JsonOutcome): void {
  out.write(`${JSON.stringify(outcome, (_, value) => (typeof value === 'bigint' ? String(value) : value))}\n`);
}
