import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export const project = (name: string) => `name: ${name}\nversion: "1.0"\nconfig-version: 2\n`;

const macro = (name: string, text: string) => `{% macro ${name}() %}${text}{% endmacro %}`;

/** A repository with a package `gitted` at `v1` and `main`, and below it one `subbed`. */
export class Repository {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    mkdirSync(join(path, 'sub', 'macros'), { recursive: true });
    mkdirSync(join(path, 'macros'));
    this.#git('init', '--quiet', '--initial-branch', 'main');
    writeFileSync(join(path, 'dbt_project.yml'), project('gitted'));
    writeFileSync(join(path, 'sub/dbt_project.yml'), project('subbed'));
    writeFileSync(join(path, 'sub/macros/of.sql'), macro('of_sub', "'sub'"));
    this.commit('one');
    this.#git('tag', 'v1');
  }

  /** Gives the commit, in which the package's macro gives the text. */
  commit(text: string): string {
    writeFileSync(join(this.path, 'macros/of.sql'), macro('of_git', `'${text}'`));
    this.#git('add', '--all');
    this.#git('-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '--quiet', '--message', text);
    return this.#git('rev-parse', 'HEAD').trim();
  }

  at(revision: string): string {
    return this.#git('rev-parse', revision).trim();
  }

  #git(...words: string[]): string {
    return execFileSync('git', words, { cwd: this.path, encoding: 'utf8' });
  }
}

const archiveOf = (folder: string, what = '.') =>
  execFileSync('tar', ['-czf', '-', '-C', folder, what], { maxBuffer: 1 << 20 });

/** The archive of a folder that holds one package, given out on loopback at any address that ends with the token. */
export async function serveArchive(folder: string, token: string): Promise<{ url: string } & AsyncDisposable> {
  const archive = archiveOf(folder);
  return await serve((path) => (path.endsWith(token) ? archive : undefined));
}

/** A version of a package on a hub. */
export interface HubRelease {
  readonly requires?: readonly string[];
  /** What it asks for itself. */
  readonly packages?: readonly { readonly package: string; readonly version: readonly string[] }[];
}

/** Packages by names and versions. */
export type HubPackages = Readonly<Record<string, Readonly<Record<string, HubRelease>>>>;

/** A hub of packages on loopback: each has a macro `version` that gives its own. Archives are made below `work`. */
export async function serveHub(work: string, packages: HubPackages): Promise<{ url: string } & AsyncDisposable> {
  const archives = new Map<string, Buffer>();
  for (const [what, releases] of Object.entries(packages)) {
    const name = what.split('/')[1]!;
    for (const [version, { packages: asked = [] }] of Object.entries(releases)) {
      const folder = join(work, name, version);
      mkdirSync(join(folder, 'it/macros'), { recursive: true });
      writeFileSync(join(folder, 'it/dbt_project.yml'), project(name));
      writeFileSync(join(folder, 'it/macros/version.sql'), macro('version', version));
      writeFileSync(join(folder, 'it/packages.yml'), JSON.stringify({ packages: asked }));
      archives.set(`/archives/${what}/${version}`, archiveOf(folder, 'it'));
    }
  }
  return await serve((path, url) => {
    if (path === '/api/v1/index.json') return JSON.stringify(Object.keys(packages));
    const what = path.match(/^\/api\/v1\/(.*)\.json$/)?.[1];
    const releases = what === undefined ? undefined : packages[what];
    if (what === undefined || releases === undefined) return archives.get(path);
    const versions = Object.entries(releases).map(([version, { requires = [], packages: asked = [] }]) => {
      const name = what.split('/')[1]!;
      const tarball = `${url}/archives/${what}/${version}`;
      return [version, { name, version, packages: asked, downloads: { tarball }, require_dbt_version: requires }];
    });
    return JSON.stringify({ name: what, versions: Object.fromEntries(versions) });
  });
}

/** Answers at each path, or 404. */
async function serve(
  answerOf: (path: string, url: string) => Buffer | string | undefined,
): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer((request, answer) => {
    const found = answerOf(request.url ?? '', url);
    answer.statusCode = found === undefined ? 404 : 200;
    answer.end(found ?? '');
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
