import { type KeptPosition, type KeptStream, LocalState } from '../../connectors/state/index.ts';
import type { Invocation, Outcome } from '../command.ts';
import { selectPipelines } from '../config/place.ts';
import { EXIT } from '../exit.ts';
import { inspect, noSignal } from '../inspection.ts';
import { clip, formatAge, formatCount } from '../output/format.ts';
import { textTable } from '../output/table.ts';

/** A lane's position is the source's business; people see its beginning, `--json` all of it. */
const POSITION_WIDTH = 48;

interface Shown {
  readonly pipeline: string;
  readonly id: string;
  readonly streams: readonly KeptStream[];
  readonly lanes: readonly KeptPosition[];
}

/** `millrace position show`: from the local copy, or from the destination with `--live`, which renews the copy. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { options, terminal, args } = invocation;
  const { pipelines, stateFile } = selectPipelines(invocation, args, { narrow: false });
  using state = new LocalState(stateFile, (message) => terminal.err.write(`note   ${message}\n`));
  if (options.live) {
    await inspect(invocation, pipelines, async ({ id, destination }) => {
      state.replacePositions(id, await destination.positions(noSignal), new Date().toISOString());
    });
  }
  const shown = pipelines.map(({ id, name }): Shown => {
    return { pipeline: name, id, streams: state.streams(id), lanes: state.positions(id) };
  });
  const known = shown.filter(({ streams, lanes }) => streams.length + lanes.length > 0);
  const none = options.live ? 'nothing was committed yet' : 'no local copy of positions; `--live` asks the destination';
  return {
    exit: EXIT.ok,
    summary: known.length === 0 ? none : '',
    result: { live: options.live === true, pipelines: shown },
    report: known.map((each) => block(each, new Date())).join('\n\n'),
  };
}

function block({ pipeline, id, streams, lanes }: Shown, now: Date): string {
  const oldest = [...streams, ...lanes].map(({ seenAt }) => seenAt).sort()[0]!;
  const rounds = streams.map(({ stream, generation, phase }) => [stream, `full read ${generation}`, phase]);
  const rows = lanes.map(({ lane, position, ended, counts, committedAt }) => [
    lane,
    formatCount(counts.written),
    ended ? 'ended' : 'open',
    formatAge(committedAt, now),
    clip(position, POSITION_WIDTH),
  ]);
  return [
    `${pipeline}  ${id}  as of ${formatAge(oldest, now)}`,
    ...(rounds.length === 0 ? [] : [textTable(['TABLE', 'ROUND', 'PHASE'], rounds)]),
    ...(rows.length === 0 ? [] : [textTable(['LANE', 'ROWS', 'STATE', 'COMMITTED', 'POSITION'], rows, ['ROWS'])]),
  ].join('\n');
}
