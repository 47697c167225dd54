import type { Message, Positions, ReadRequest } from '../../connectors/contract/index.ts';
import { openLog } from '../../connectors/mysql/binlog/open-log.ts';
import { connectorOfUrl } from '../../connectors/registry.ts';

/**
 * `node log-read.ts URL GTIDS raw|decode`: the log behind the set of transactions, taken as packets only, or as Avro of `bench.logged`. Prints
 * `{ rows, seconds }`; `raw` counts no rows.
 */
async function main([url = '', gtid = '', how = '']: string[]): Promise<void> {
  const started = performance.now();
  const rows = how === 'raw' ? await raw(new URL(url), gtid) : await decoded(new URL(url), gtid);
  process.stdout.write(JSON.stringify({ rows, seconds: (performance.now() - started) / 1000 }));
}

async function raw({ hostname, port, username }: URL, gtid: string): Promise<number> {
  await using log = await openLog(
    {
      dialect: 'mysql',
      connection: { host: hostname, port: Number(port), user: username },
      from: { gtid },
      follow: false,
      at: hostname,
      onError: (thrown) => thrown as Error,
    },
    new AbortController().signal,
  );
  while ((await log.take(1000)) !== undefined);
  return 0;
}

async function decoded(url: URL, gtid: string): Promise<number> {
  const connector = connectorOfUrl(url);
  await using source = connector.source!(connector.fromUrl(url), { emit: () => undefined });
  const signal = new AbortController().signal;
  const [group] = await source.groups(request, committedAt({ gtid }), signal);
  let rows = 0;
  for await (const { lanes } of group!.stages(signal)) {
    for (const lane of lanes) {
      for await (const message of lane.read(logPosition({ gtid }), signal)) rows += rowsOf(message);
    }
  }
  return rows;
}

const stream = { namespace: 'bench', name: 'logged' };
const request: ReadRequest = {
  streams: [{ stream, mode: 'cdc' }],
  layout: 'text',
  maxRowBytes: 64 * 1024 * 1024,
  parallel: 1,
};

const logPosition = (log: object) => JSON.stringify({ version: 1, log, tables: ['bench.logged'] });

/** As if the table had been copied when the log stood there. */
function committedAt(log: object): Positions {
  const counts = { read: 0, written: 0, superseded: 0, alreadyApplied: 0, rejected: 0 };
  const lane = (position: string) => ({ position, ended: false, counts, committedAt: '' });
  const start = JSON.stringify({ version: 1, generation: 1, since: log, until: log });
  return {
    lanes: new Map([
      ['binlog', lane(logPosition(log))],
      ['full/0/bench.logged/log', lane(start)],
    ]),
    streams: new Map([['bench.logged', { generation: 1, phase: 'done' }]]),
  };
}

function rowsOf(message: Message): number {
  return message.kind === 'batch' ? message.rows.ends.length : 0;
}

await main(process.argv.slice(2));
