import assert from 'node:assert/strict';
import { it } from 'node:test';
import { folder } from '../cli/command-line.ts';
import { soak } from './soak.ts';

/** The long form is `npm run soak`; it draws a seed. */
const SEED = 7;
const SECONDS = 40;

it('invariants 1, 5 and 6: a shop flows over Kafka into TiDB, DuckDB and back while processes and servers are killed', async () => {
  using home = folder();
  const lines: string[] = [];
  const report = await soak({
    seconds: SECONDS,
    seed: SEED,
    folder: home.path,
    say: (line) => lines.push(line),
  }).catch((thrown) => {
    throw new Error(`seed ${SEED}: ${(thrown as Error).message}\n${lines.join('\n')}`);
  });
  assert.ok(report.deeds > 0 && report.watched > 0, JSON.stringify(report));
  assert.ok(
    report.written.every(({ transactions, rolledBack }) => transactions > 0 && rolledBack > 0),
    JSON.stringify(report),
  );
  const kills = report.flows.reduce((sum, { endings }) => sum + (endings.SIGKILL ?? 0), 0);
  assert.ok(kills > 0, JSON.stringify(report));
});
