import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { build, findProgram } from '../command.ts';
import type { Recipe } from '../recipe.ts';
import { Unavailable } from '../unavailable.ts';

/** What answers for templates and YAML: the libraries that dbt itself uses. */
const PACKAGES = ['dbt-common==1.39.0', 'jinja2==3.1.6', 'pytz==2025.2', 'pyyaml==6.0.2'];
const SCRIPT = join(import.meta.dirname, 'python-oracle.py');
const VERSION = 'dbt-common-1.39.0-a';

/** A Python process that renders templates as dbt's environment does and reads YAML as PyYAML does, asked by HTTP. */
export const python: Recipe = {
  install: () =>
    cached(`python-${VERSION}`, async (folder) => {
      const program = await findProgram('python3');
      if (program === undefined) throw new Unavailable('python', 'there is no python3 on this machine');
      // Programs of the environment name its folder, which is renamed afterwards: the interpreter is run, not they.
      await build([program, '-m', 'venv', '--copies', folder], folder);
      await build([join(folder, 'bin/python3'), '-m', 'pip', 'install', '--quiet', ...PACKAGES], folder);
    }),

  prepare: async () => undefined,

  async launch(installed, { port, flags }) {
    return { command: [join(installed, 'bin/python3'), SCRIPT, String(port), ...flags] };
  },

  image: () => ({
    name: 'python:3.11-slim',
    port: 8080,
    command: ['sh', '-c', `pip install --quiet ${PACKAGES.join(' ')} && exec python3 /oracle.py 8080 0.0.0.0`],
    files: { '/oracle.py': readFileSync(SCRIPT, 'utf8') },
  }),

  endBy: 'SIGKILL',

  async ready(port) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    return answer?.ok === true;
  },
};
