import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { build, findProgram } from '../command.ts';
import type { Recipe } from '../recipe.ts';
import { Unavailable } from '../unavailable.ts';

const PACKAGES = ['dbt-core==1.11.16', 'dbt-duckdb==1.11.1', 'pyyaml==6.0.4'];
const SCRIPT = join(import.meta.dirname, 'dbt-oracle.py');
const VERSION = '1.11.16-a';

/** A Python process that reads YAML with PyYAML and projects with dbt-core, asked by HTTP. */
export const dbt: Recipe = {
  install: () =>
    cached(`dbt-${VERSION}`, async (folder) => {
      const program = await findProgram('python3');
      if (program === undefined) throw new Unavailable('dbt', 'there is no python3 on this machine');
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
