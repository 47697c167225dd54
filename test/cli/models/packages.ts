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

/** The archive of a folder that holds one package, given out on loopback at any address that ends with the token. */
export async function serveArchive(folder: string, token: string): Promise<{ url: string } & AsyncDisposable> {
  const archive = execFileSync('tar', ['-czf', '-', '-C', folder, '.'], { maxBuffer: 1 << 20 });
  const server = createServer((request, answer) => {
    answer.statusCode = request.url?.endsWith(token) ? 200 : 404;
    answer.end(answer.statusCode === 200 ? archive : '');
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
