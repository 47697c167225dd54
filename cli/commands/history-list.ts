import { LocalState, type RunRecord } from '../../connectors/state/index.ts';
import type { Invocation, Outcome } from '../command.ts';
import { stateFile } from '../config/place.ts';
import { EXIT } from '../exit.ts';
import { formatAge, formatBytes, formatCount, formatDuration } from '../output/format.ts';
import { textTable } from '../output/table.ts';
import { runStatus } from '../run-record.ts';

const DEFAULT_RUNS = 20;

/** `millrace history list`: reads the local file alone. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { terminal, options, args } = invocation;
  using state = new LocalState(stateFile(invocation), (message) => terminal.err.write(`note   ${message}\n`));
  const runs = state.runs(options.limit ?? DEFAULT_RUNS, args[0]);
  const header = ['RUN', 'PIPELINE', 'STATUS', 'STARTED', 'TOOK', 'TABLES', 'ROWS', 'BYTES'];
  return {
    exit: EXIT.ok,
    summary: runs.length === 0 ? 'no runs yet' : '',
    result: runs.map((record) => ({ ...record, status: runStatus(record) })),
    report:
      runs.length === 0
        ? ''
        : textTable(
            header,
            runs.map((record) => row(record, new Date())),
            ['TABLES', 'ROWS', 'BYTES'],
          ),
  };
}

function row(record: RunRecord, now: Date): string[] {
  const { run: name, name: pipeline, started, outcome } = record;
  const rest =
    outcome === undefined
      ? ['', '', '', '']
      : [
          formatDuration(outcome.seconds),
          String(outcome.streams.length),
          formatCount(outcome.counts.written),
          formatBytes(outcome.bytes),
        ];
  return [name, pipeline, runStatus(record), formatAge(started, now), ...rest];
}
