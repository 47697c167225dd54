import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { build, findProgram } from '../command.ts';
import type { ServerKind } from '../kind.ts';
import type { Recipe } from '../recipe.ts';
import { Unavailable } from '../unavailable.ts';

interface PythonProgram {
  /** With their versions, as pip takes them. */
  readonly packages: readonly string[];
  /** A file beside this one, run with the port and, in a container, the address to listen on. */
  readonly script: string;
  /** Names the environment in the cache. */
  readonly version: string;
}

/** A Python process asked by HTTP, with libraries that tests compare with. */
function pythonProgram(kind: ServerKind, { packages, script, version }: PythonProgram): Recipe {
  const path = join(import.meta.dirname, script);
  return {
    install: () =>
      cached(`${kind}-${version}`, async (folder) => {
        const program = await findProgram('python3');
        if (program === undefined) throw new Unavailable(kind, 'there is no python3 on this machine');
        // Programs of the environment name its folder, which is renamed afterwards: the interpreter is run, not they.
        await build([program, '-m', 'venv', '--copies', folder], folder);
        await build([join(folder, 'bin/python3'), '-m', 'pip', 'install', '--quiet', ...packages], folder);
      }),

    prepare: async () => undefined,

    async launch(installed, { port, flags }) {
      return { command: [join(installed, 'bin/python3'), path, String(port), ...flags] };
    },

    image: () => ({
      name: 'python:3.11-slim',
      port: 8080,
      command: ['sh', '-c', `pip install --quiet ${packages.join(' ')} && exec python3 /program.py 8080 0.0.0.0`],
      files: { '/program.py': readFileSync(path, 'utf8') },
    }),

    endBy: 'SIGKILL',

    async ready(port) {
      const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
      return answer?.ok === true;
    },
  };
}

/** Renders templates as dbt's environment does. */
export const python = pythonProgram('python', {
  packages: ['dbt-common==1.39.0', 'jinja2==3.1.6', 'pytz==2025.2', 'pyyaml==6.0.2'],
  script: 'python-oracle.py',
  version: 'dbt-common-1.39.0-a',
});

/** Reads YAML with PyYAML, and projects with dbt-core. */
export const dbt = pythonProgram('dbt', {
  packages: ['dbt-core==1.11.16', 'dbt-duckdb==1.11.1', 'pyyaml==6.0.4', 'dbt-artifacts-parser==0.15.0'],
  script: 'dbt-oracle.py',
  version: '1.11.16-b',
});
