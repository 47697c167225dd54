import type { Invocation } from '../command.ts';
import type { ExitCode } from '../exit.ts';
import { executeModels } from '../models/execution.ts';
import { verbs } from '../models/verbs.ts';

/** `millrace snapshot`. */
export function run(invocation: Invocation): Promise<ExitCode> {
  return executeModels(invocation, verbs.snapshot);
}
