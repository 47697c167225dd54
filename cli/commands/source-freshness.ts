import type { Invocation } from '../command.ts';
import type { ExitCode } from '../exit.ts';
import { execute } from '../models/execution.ts';
import { runFreshness } from '../models/freshness.ts';

/** `millrace source freshness`: whether the newest rows of sources are as new as they have to be. */
export function run(invocation: Invocation): Promise<ExitCode> {
  return execute(invocation, 'source freshness', runFreshness);
}
