import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { StartedTestContainer } from 'testcontainers';
import { ask } from './command.ts';
import { untilReady } from './readiness.ts';
import { assertKept, type Certificates, type Recipe, type Runner, type Wanted } from './recipe.ts';

let answer: Promise<boolean> | undefined;

/** Whether a Docker engine answers; the client alone is not enough. Asked once. */
export function hasDocker(): Promise<boolean> {
  answer ??= ask('docker', ['info'], 10_000).then(
    () => true,
    () => false,
  );
  return answer;
}

/** Inside a container the certificates lie in one folder. */
const INSIDE = '/millrace-tls';

const inside = (path: string) => `${INSIDE}/${basename(path)}`;

/**
 * Runs a server as a container on a fixed port of the loopback. testcontainers makes it, and its reaper
 * removes it however this process ends; signals and restarts go through the Docker client.
 */
export async function startContainer(recipe: Recipe, wanted: Wanted): Promise<Runner> {
  const container = await create(recipe, wanted);
  const id = container.getId();
  const inspect = async (field: string) => Number(await ask('docker', ['inspect', '-f', `{{.State.${field}}}`, id]));
  const ready = () => untilReady(() => recipe.ready(wanted.port));
  await ready().catch(async (cause: unknown) => {
    await container.stop({ timeout: 0 });
    throw cause;
  });
  let pid = await inspect('Pid');
  return {
    pid: () => pid,
    kill: (signal) => void execFileSync('docker', ['kill', '-s', signal, id]),
    async restart() {
      await ask('docker', ['stop', '-t', recipe.endBy === 'SIGKILL' ? '0' : '40', id], 60_000);
      assertKept(recipe, await inspect('ExitCode'));
      await ask('docker', ['start', id]);
      await ready();
      pid = await inspect('Pid');
    },
    stop: async () => void (await container.stop({ timeout: 0 })),
  };
}

async function create(recipe: Recipe, { tls, ...wanted }: Wanted): Promise<StartedTestContainer> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const seen = tls && { ca: inside(tls.ca), cert: inside(tls.cert), key: inside(tls.key) };
  const image = recipe.image({ ...wanted, tls: seen });
  const files = Object.entries(image.files ?? {}).map(([target, content]) => ({ target, content, mode: 0o644 }));
  return new GenericContainer(image.name)
    .withExposedPorts({ container: image.port, host: wanted.port })
    .withCommand([...(image.command ?? [])])
    .withEnvironment({ ...image.env })
    .withCopyContentToContainer([...files, ...(await copies(tls))])
    .withWaitStrategy(Wait.forListeningPorts())
    .start();
}

/** World-readable, for servers in containers run as users of their own. */
async function copies(tls: Certificates | undefined): Promise<{ target: string; content: string; mode: number }[]> {
  const paths = tls === undefined ? [] : [tls.ca, tls.cert, tls.key];
  return Promise.all(
    paths.map(async (path) => ({ target: inside(path), content: await readFile(path, 'utf8'), mode: 0o644 })),
  );
}
