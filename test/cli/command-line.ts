import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');

export interface Told {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the launcher of this checkout in a folder, without a terminal and with nothing on stdin. */
export function millrace(
  cwd: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  bin = join(root, 'cli/bin.js'),
): Promise<Told> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [bin, ...words], {
    cwd,
    env: { PATH, HOME, XDG_STATE_HOME: join(cwd, 'xdg-state'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (part) => (text.out += part));
  child.stderr.setEncoding('utf8').on('data', (part) => (text.err += part));
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => done({ code, ...text }));
  });
}

/** A folder of one's own, removed when disposed. */
export function folder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'millrace-cli-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
