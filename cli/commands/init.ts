import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { millraceError } from '../../connectors/contract/index.ts';
import { connectors } from '../../connectors/registry.ts';
import type { Invocation, Outcome } from '../command.ts';
import { type Draft, draftProject } from '../config/draft.ts';
import { PROJECT_FILE } from '../config/project.ts';
import { projectJsonSchema } from '../config/schema.ts';
import { parseUrl } from '../config/url.ts';
import { EXIT } from '../exit.ts';
import { ask } from '../output/prompt.ts';

/** `millrace init`: writes the project file, `.env` for its secrets, and the schema for editors. Never over a file that is there. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { terminal, args, options } = invocation;
  const paths = { project: join(terminal.cwd, PROJECT_FILE), env: join(terminal.cwd, '.env') };
  if (existsSync(paths.project)) {
    throw millraceError('config.invalid', `${PROJECT_FILE} is there already`, {
      at: paths.project,
      fix: 'Change it by hand.',
    });
  }
  const [from, to] = args.length === 0 ? await askUrls(invocation) : args;
  if (from === undefined || to === undefined || args.length > 2) {
    throw millraceError('config.invalid', 'expected two URLs: where to read from and where to write to');
  }
  const draft = draftProject(basename(terminal.cwd), parseUrl(from), parseUrl(to), options, terminal.cwd);
  const written = writeFiles(terminal.cwd, paths, draft);
  return {
    exit: EXIT.ok,
    summary: `wrote ${written.join(', ')}\nnext:  millrace check\n       millrace plan\n       millrace sync`,
    result: { files: written, variables: Object.keys(draft.secrets) },
    report: '',
  };
}

async function askUrls({ terminal, options }: Invocation): Promise<string[]> {
  if (!terminal.interactive || options.json) {
    throw millraceError('config.invalid', 'expected two URLs, and nobody is there to ask', {
      fix: "Name both: `millrace init mysql://me@db1/shop tidb://me@db2/shop --tables 'shop.*'`.",
    });
  }
  const known = connectors.flatMap(({ schemes }) => schemes).map((scheme) => `${scheme}:`);
  terminal.err.write(`A URL begins with ${known.join(', ')}. Leave passwords out: they go to .env.\n`);
  return [await ask(terminal, 'Read from'), await ask(terminal, 'Write to')];
}

function writeFiles(folder: string, paths: { project: string; env: string }, { yaml, secrets }: Draft): string[] {
  mkdirSync(join(folder, '.millrace'), { recursive: true });
  writeFileSync(join(folder, '.millrace', '.gitignore'), '*\n');
  writeFileSync(
    join(folder, '.millrace', 'schema.json'),
    `${JSON.stringify(projectJsonSchema(connectors), null, 2)}\n`,
  );
  writeFileSync(paths.project, yaml, { flag: 'wx' });
  if (Object.keys(secrets).length === 0) return [PROJECT_FILE];
  const lines = Object.entries(secrets).map(([name, value]) => `${name}=${quoteEnv(value)}\n`);
  writeFileSync(paths.env, lines.join(''), { flag: 'a', mode: 0o600 });
  ignoreInGit(folder, '.env');
  return [PROJECT_FILE, '.env'];
}

/** In the one quoting of `.env` files that keeps a value as it is; a value with all three quotes has none. */
function quoteEnv(value: string): string {
  const quote = ["'", '"', '`'].find((mark) => !value.includes(mark) && !(mark === '"' && value.includes('\\')));
  if (quote !== undefined) return `${quote}${value}${quote}`;
  throw millraceError('config.invalid', 'a password with all kinds of quotes cannot be kept in .env', {
    fix: 'Leave it out of the URL and use `password: { file: ... }` or `{ command: ... }`.',
  });
}

function ignoreInGit(folder: string, name: string): void {
  const path = join(folder, '.gitignore');
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (text.split('\n').includes(name)) return;
  const gap = text === '' || text.endsWith('\n') ? '' : '\n';
  writeFileSync(path, `${gap}${name}\n`, { flag: 'a' });
}
