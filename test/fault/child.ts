import { writeSync } from 'node:fs';
import type { Destination } from '../../connectors/contract/index.ts';
import type { PipelineConfig } from '../../connectors/sync/config.ts';
import { runOnce } from '../pipeline.ts';
import { overriding } from '../sides.ts';

/** What a child process is told to run: one pipeline, once. Each of its events is a line on stdout. */
export interface ChildTask {
  readonly ends: { readonly id: string; readonly from: string; readonly to: string };
  readonly config: PipelineConfig;
  /** A transaction is committed at so many rows. */
  readonly commitRows: number;
}

const { ends, config, commitRows } = JSON.parse(process.argv[2]!) as ChildTask;
const committingOften = (destination: Destination) =>
  overriding(destination, { can: { ...destination.can, commitRows } });
const { finished } = await runOnce(ends, config, {
  sides: { destination: committingOften },
  onEvent: (event) => writeSync(1, `${JSON.stringify(event)}\n`),
});
process.exitCode = finished.status === 'ok' ? 0 : 1;
