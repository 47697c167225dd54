import type { PipelineId } from '../../connectors/contract/index.ts';
import { type KeptPosition, LocalState } from '../../connectors/state/index.ts';
import type { Invocation, Outcome } from '../command.ts';
import { selectPipelines } from '../config/place.ts';
import { EXIT } from '../exit.ts';
import { inspect, noSignal } from '../inspection.ts';
import { clip, formatAge, formatCount, plural } from '../output/format.ts';
import { textTable } from '../output/table.ts';

/** A lane's position is the source's business; people see its beginning, `--json` all of it. */
const POSITION_WIDTH = 48;

/** `millrace position show`: from the local copy, or from the destination with `--live`, which renews the copy. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { pipelines, stateFile } = selectPipelines(invocation, invocation.args, false);
  using state = new LocalState(stateFile, (message) => invocation.terminal.err.write(`note   ${message}\n`));
  if (invocation.options.live) {
    await inspect(invocation, pipelines, async ({ id, destination }) => {
      state.replacePositions(id, await destination.positions(noSignal), new Date().toISOString());
    });
  }
  const shown = pipelines.map(({ id, name }) => ({ pipeline: name, id, lanes: state.positions(id) }));
  const lanes = shown.reduce((sum, { lanes: own }) => sum + own.length, 0);
  return {
    exit: EXIT.ok,
    summary: lanes === 0 ? noneText(invocation) : '',
    result: { live: invocation.options.live === true, pipelines: shown },
    report: shown
      .filter(({ lanes: own }) => own.length > 0)
      .map((each) => block(each, new Date()))
      .join('\n\n'),
  };
}

function noneText({ options }: Invocation): string {
  return options.live
    ? 'no positions: nothing was committed yet'
    : 'no local copy of positions; `--live` asks the destination';
}

function block(
  { pipeline, id, lanes }: { pipeline: string; id: PipelineId; lanes: readonly KeptPosition[] },
  now: Date,
): string {
  const oldest = lanes.map(({ seenAt }) => seenAt).sort()[0]!;
  const rows = lanes.map(({ lane, position, ended, counts, committedAt }) => [
    lane,
    formatCount(counts.written),
    ended ? 'ended' : 'open',
    formatAge(committedAt, now),
    clip(position, POSITION_WIDTH),
  ]);
  const head = `${pipeline}  ${id}  ${plural(lanes.length, 'lane')}, copy taken ${formatAge(oldest, now)}`;
  return `${head}\n${textTable(['LANE', 'ROWS', 'STATE', 'COMMITTED', 'POSITION'], rows, ['ROWS'])}`;
}
