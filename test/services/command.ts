import { execFile } from 'node:child_process';
import { access, constants, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { supervise } from './supervisor.ts';

/** As many characters of a program's output as help to see why it failed. */
const LAST_WORDS = 2_000;

/** What a program writes to stdout. For short questions; `build` is for what takes minutes. */
export async function ask(program: string, args: readonly string[], timeoutMs = 30_000): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { timeout: timeoutMs });
  return stdout;
}

/**
 * Runs a program to its end in a folder. It ends with this process, however that ends.
 * @throws Error with the end of what the program wrote, when it does not exit with 0
 */
export async function build(
  command: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-build-'));
  const run = await supervise(command, folder, { cwd, env });
  try {
    const status = await run.exited;
    if (status === 0) return;
    const log = await readFile(join(folder, 'log'), 'utf8');
    throw new Error(`${command.join(' ')} ended with ${status}:\n${log.trim().slice(-LAST_WORDS)}`);
  } finally {
    await run.end();
  }
}

/** Where a program is on the PATH, or undefined. `/usr/sbin` is looked at too: servers live there. */
export async function findProgram(name: string): Promise<string | undefined> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/go/bin'];
  for (const folder of folders.filter(Boolean)) {
    const path = join(folder, name);
    if (await isRunnable(path)) return path;
  }
  return undefined;
}

function isRunnable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}
