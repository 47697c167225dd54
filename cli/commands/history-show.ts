import type { StreamResult } from '../../connectors/contract/index.ts';
import { LocalState } from '../../connectors/state/index.ts';
import type { Invocation, Outcome } from '../command.ts';
import { stateFile } from '../config/place.ts';
import { EXIT } from '../exit.ts';
import { formatBytes, formatCount, formatDuration } from '../output/format.ts';
import { runSummary } from '../output/run-summary.ts';
import { textTable } from '../output/table.ts';
import { requireRun, runStatus } from '../run-record.ts';
import { reportTerminal } from '../terminal.ts';

/** `millrace history show`: one run, table by table, from the local file. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { terminal, args } = invocation;
  using state = new LocalState(stateFile(invocation), (message) => terminal.err.write(`note   ${message}\n`));
  const record = requireRun(state, args[0]);
  const { run: name, name: pipeline, started, outcome } = record;
  const status = runStatus(record);
  const head = `run ${name}  ${pipeline}  ${status}  started ${started}`;
  const header = ['TABLE', 'TARGET', 'STATUS', 'READ', 'WRITTEN', 'REJECTED', 'BYTES', 'TOOK'];
  const body =
    outcome === undefined
      ? []
      : [
          ...(outcome.streams.length === 0
            ? []
            : [textTable(header, outcome.streams.map(row), ['READ', 'WRITTEN', 'REJECTED', 'BYTES', 'TOOK'])]),
          runSummary(reportTerminal(terminal), outcome),
        ];
  return { exit: EXIT.ok, summary: '', result: { ...record, status }, report: [head, ...body].join('\n') };
}

function row({ stream, table, status, counts, bytes, seconds }: StreamResult): string[] {
  const { read, written, rejected } = counts;
  return [
    stream,
    table,
    status,
    formatCount(read),
    formatCount(written),
    formatCount(rejected),
    formatBytes(bytes),
    formatDuration(seconds),
  ];
}
