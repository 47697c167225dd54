import { allKinds, isServerKind, kinds, type ServerKind } from './kind.ts';
import { startServer } from './server.ts';

/** `node test/services/up.ts [KIND...]`: servers on fixed ports for a developer's shell, until a signal. */
async function main(words: readonly string[]): Promise<void> {
  const wanted: ServerKind[] = words.filter(isServerKind);
  if (wanted.length !== words.length) throw new Error(`the servers are: ${allKinds.join(', ')}`);
  if (wanted.length === 0) wanted.push('tidb', 'mysql', 'mariadb');
  await Promise.all(wanted.map(up));
  // Nothing else keeps the process: it stays until a signal, whose default is to end it, and the servers with it.
  setInterval(() => undefined, 1 << 30);
}

async function up(kind: ServerKind): Promise<void> {
  const server = await startServer(kind, { port: kinds[kind].fixedPort });
  process.stdout.write(`export ${kinds[kind].variable}=${server.url}\n`);
}

await main(process.argv.slice(2));
