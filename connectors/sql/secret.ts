import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { millraceError } from '../contract/index.ts';

/** A password by reference, so that configuration can be shown and shared; or, for throw-away servers, the text itself. */
export const secretConfig = z.union([
  z.string(),
  z.strictObject({ env: z.string().min(1).describe('Name of an environment variable.') }),
  z.strictObject({ file: z.string().min(1).describe('Path of a file; a line break at its end is left out.') }),
  z.strictObject({ command: z.string().min(1).describe('Shell command that prints it.') }),
]);

export type Secret = z.output<typeof secretConfig>;

/** A command that asks somebody for something would hang a scheduled run. */
const COMMAND_SECONDS = 30;

/** The secret's text. `at` says whose it is. Throws `config.secret`, which holds nothing of what the command or file said. */
export async function readSecret(secret: Secret, at: string): Promise<string> {
  if (typeof secret === 'string') return secret;
  if ('env' in secret) return fromEnvironment(secret.env, at);
  if ('file' in secret) return fromFile(secret.file, at);
  return fromCommand(secret.command, at);
}

function fromEnvironment(name: string, at: string): string {
  const value = process.env[name];
  if (value === undefined) throw millraceError('config.secret', `environment variable ${name} is not set`, { at });
  return value;
}

async function fromFile(path: string, at: string): Promise<string> {
  try {
    return withoutLineEnd(await readFile(path, 'utf8'));
  } catch (cause) {
    throw millraceError('config.secret', `the file ${path} cannot be read`, { at, cause });
  }
}

async function fromCommand(command: string, at: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command], { timeout: COMMAND_SECONDS * 1000 });
    return withoutLineEnd(stdout);
  } catch (thrown) {
    // The cause is left out on purpose: it carries the command's output, which may be the secret.
    const { code, killed } = thrown as { code?: number | string; killed?: boolean };
    const why = killed === true ? `took longer than ${COMMAND_SECONDS} s` : `ended with ${code ?? 'a signal'}`;
    throw millraceError('config.secret', `the password command ${why}`, { at });
  }
}

function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}
