import type { ErrorEnvelope, RunFinished } from '../connectors/contract/index.ts';

/** Exit codes of every command. 128 + signal for a run that was stopped. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  environment: 3,
  findings: 4,
  interrupted: 130,
  terminated: 143,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Whose problem it is decides: what the user wrote is 2, network, rights and machine are 3, all else is 1. */
export function exitOfError(error: Pick<ErrorEnvelope, 'origin'>): ExitCode {
  if (error.origin === 'config') return EXIT.usage;
  if (error.origin === 'environment') return EXIT.environment;
  return EXIT.failed;
}

/** `signal` is the exit code of the signal that stopped the run, where one did. */
export function exitOfRun(finished: RunFinished, signal: ExitCode | undefined): ExitCode {
  if (finished.status === 'ok') return EXIT.ok;
  if (signal !== undefined) return signal;
  return finished.error === undefined ? EXIT.failed : exitOfError(finished.error);
}
