import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { millraceError } from '../../connectors/contract/index.ts';
import type { Invocation } from '../command.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { readPage } from '../models/docs-page.ts';
import { projectFolder } from '../models/opening.ts';

const PORT = 8080;
/** What of the target folder is shown: the page, and what pages read. Nothing else of it leaves the machine. */
const ARTIFACTS = ['manifest.json', 'catalog.json', 'run_results.json', 'sources.json'];

/** `millrace docs serve`: the page and the artifacts by HTTP, until a signal. Asks no database. */
export async function run({ options, terminal }: Invocation): Promise<ExitCode> {
  const root = projectFolder(options.projectDir ?? terminal.env.DBT_PROJECT_DIR, terminal.cwd);
  const target = resolve(root, options.targetPath ?? terminal.env.DBT_TARGET_PATH ?? 'target');
  if (!existsSync(join(target, 'manifest.json'))) {
    throw millraceError('project.artifact', `there is no manifest.json in ${target}`, {
      at: target,
      fix: 'Run `millrace docs generate` first.',
    });
  }
  const asked = options.page === undefined && existsSync(join(target, 'index.html'));
  const page = asked
    ? readFileSync(join(target, 'index.html'), 'utf8')
    : readPage({ page: options.page, cwd: terminal.cwd, root, env: terminal.env });
  const server = await listen(serverOf(page, target), options.host ?? '127.0.0.1', options.port ?? PORT);
  const stopped = stopSignal();
  const { port } = server.address() as AddressInfo;
  const url = `http://${options.host ?? 'localhost'}:${port}/`;
  if (options.json) terminal.out.write(`${JSON.stringify({ event: 'serving', url })}\n`);
  else terminal.err.write(`the page is at ${url}; Ctrl-C ends it\n`);
  if (options.browser !== false && terminal.interactive) openBrowser(url);
  await stopped;
  server.closeAllConnections();
  server.close();
  return EXIT.ok;
}

function serverOf(page: string, target: string): Server {
  return createServer((request, answer) => {
    const name = new URL(request.url ?? '/', 'http://localhost').pathname.slice(1);
    if (name === '' || name === 'index.html') {
      answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
    } else if (ARTIFACTS.includes(name) && existsSync(join(target, name))) {
      const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
      answer.writeHead(200, headers).end(readFileSync(join(target, name)));
    } else answer.writeHead(404, { 'content-type': 'text/plain' }).end('not here\n');
  });
}

async function listen(server: Server, host: string, port: number): Promise<Server> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
    return server;
  } catch (cause) {
    throw millraceError('config.invalid', `nothing can listen at ${host}:${port}: ${(cause as Error).message}`, {
      fix: 'Choose another one by `--port`.',
      cause,
    });
  }
}

/** There is nothing to bring to an end: the first signal is enough. */
async function stopSignal(): Promise<void> {
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}

/** Where none can be opened, the line with the address is enough. */
function openBrowser(url: string): void {
  const [command, ...words] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open'];
  const child = spawn(command!, [...words, url], { detached: true, stdio: 'ignore' });
  child.on('error', () => undefined).unref();
}
