import type { Layout } from '../../connectors/contract/index.ts';
import { noPositions, slabRows } from '../../connectors/contract/index.ts';
import { connectorOfUrl } from '../../connectors/registry.ts';

const signal = new AbortController().signal;

/**
 * `node avro-read.ts URL DATABASE.TABLE LAYOUT`: reads a table as the source of a pipeline does, in one lane, and lets go of the Avro bytes.
 * Prints `{ rows, bytes, seconds }`.
 */
async function main([url, table, layout]: string[]): Promise<void> {
  const connector = connectorOfUrl(new URL(url!));
  const [namespace, name] = table!.split('.') as [string, string];
  await using source = connector.source!(connector.fromUrl(new URL(url!)), { emit: () => undefined });
  const request = {
    streams: [{ stream: { namespace, name }, mode: 'full' as const }],
    layout: layout as Layout,
    maxRowBytes: 16 * 1024 * 1024,
    parallel: 1,
  };
  let rows = 0;
  let bytes = 0;
  const [group] = await source.groups(request, noPositions, signal);
  const started = performance.now();
  for await (const stage of group!.stages(signal)) {
    for (const lane of stage.lanes) {
      for await (const message of lane.read(undefined, signal)) {
        if (message.kind !== 'batch') continue;
        rows += slabRows(message.rows);
        bytes += message.rows.bytes.length;
      }
    }
  }
  process.stdout.write(JSON.stringify({ rows, bytes, seconds: (performance.now() - started) / 1000 }));
}

await main(process.argv.slice(2));
