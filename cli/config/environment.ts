import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { millraceError } from '../../connectors/contract/index.ts';

/** Adds the variables of the `.env` beside a project file. What the environment has already stays as it is. */
export function loadEnvironment(folder: string, env: NodeJS.ProcessEnv): void {
  const path = join(folder, '.env');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw millraceError('config.invalid', `${path} cannot be read`, { at: path, cause });
  }
  for (const [name, value] of Object.entries(parseEnv(text))) env[name] ??= value;
}
