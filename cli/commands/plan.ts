import { type Action, MillraceError, streamText } from '../../connectors/contract/index.ts';
import { type PipelinePlan, type PlannedStream, planPipeline } from '../../connectors/sync/index.ts';
import type { Invocation, Outcome } from '../command.ts';
import type { Half } from '../config/halves.ts';
import { selectPipelines } from '../config/place.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { inspect, noSignal } from '../inspection.ts';
import { findingText } from '../output/finding.ts';
import { formatRounded, plural, printable } from '../output/format.ts';
import { paint, reportTerminal, type Terminal } from '../terminal.ts';

interface NamedPlan extends PipelinePlan {
  readonly pipeline: string;
}

/** `millrace plan`: what `sync` would do to the targets, as data and as text. Changes nothing. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { pipelines } = selectPipelines(invocation, invocation.args);
  const plans = await inspect(
    invocation,
    pipelines,
    async (pipeline, { name, only, half }): Promise<NamedPlan> => ({
      pipeline: name,
      ...(await planPipeline(pipeline, noSignal, only).catch((thrown: unknown) => nothingWritten(thrown, half))),
    }),
  );
  const streams = plans.flatMap((plan) => plan.streams);
  const actions = streams.flatMap(({ plan }) => plan.actions.filter(({ effect }) => effect !== 'none'));
  const destructive = actions.filter(({ effect }) => effect === 'destructive').length;
  const refused = plans.flatMap((plan) => plan.refused).length;
  return {
    exit: exitOf(refused + destructive, actions.length, invocation.options.exitCode),
    summary: `${plural(streams.length, 'table')}: ${plural(actions.length, 'change')}, ${destructive} destructive, ${refused} refused`,
    result: plans.map(planData),
    report: plans.map((plan) => planText(reportTerminal(invocation.terminal), plan)).join('\n'),
  };
}

/** Before the first run of the half at the source the other one has nothing to read. */
function nothingWritten(thrown: unknown, half: Half | undefined): PipelinePlan {
  const isMissing = thrown instanceof MillraceError && thrown.code === 'source.stream-missing';
  if (half === 'destination' && isMissing) return { streams: [], refused: [] };
  throw thrown;
}

/** What a sync would stop at is a finding; changes are one only where `--exit-code` asks. */
function exitOf(stops: number, changes: number, asked: true | undefined): ExitCode {
  return stops > 0 || (asked && changes > 0) ? EXIT.findings : EXIT.ok;
}

function planData({ pipeline, streams, refused }: NamedPlan): object {
  return {
    pipeline,
    refused,
    streams: streams.map(({ plan, ...stream }) => ({
      ...stream,
      actions: plan.actions.map((action) => ({ ...action, table: streamText(action.table) })),
    })),
  };
}

function planText(terminal: Terminal, { pipeline, streams, refused }: NamedPlan): string {
  const blocks = streams.map((stream) => streamBlock(terminal, stream));
  if (blocks.length + refused.length === 0)
    blocks.push('  nothing to read yet: it is planned when the other half has run');
  return [printable(pipeline), ...blocks, ...refused.map((finding) => findingText(terminal, finding))].join('\n');
}

function streamBlock(terminal: Terminal, { stream, table, read, write, rows, plan }: PlannedStream): string {
  const estimate = rows === undefined ? '' : `  ~${formatRounded(rows)} rows`;
  const head = `  ${printable(stream)} -> ${printable(table)}  ${read}, ${write}${estimate}`;
  const idle = plan.actions.every(({ effect }) => effect === 'none');
  const lines = [
    ...(idle ? ['    nothing to change'] : []),
    ...plan.actions.map((action) => actionText(terminal, action)),
  ];
  const harmful = plan.actions.some(({ effect }) => effect === 'destructive');
  const agree = harmful ? [`    agree to it with  millrace sync --accept-destructive ${printable(stream)}`] : [];
  return [head, ...lines, ...agree].join('\n');
}

function actionText(terminal: Terminal, { summary, sql, effect }: Action): string {
  const mark = {
    none: paint(terminal, 'dim', '-'),
    safe: paint(terminal, 'green', '+'),
    destructive: paint(terminal, 'red', '! destructive:'),
  }[effect];
  const code =
    sql === undefined ? [] : sql.split('\n').map((line) => paint(terminal, 'dim', `        ${printable(line)}`));
  return [`    ${mark} ${printable(summary)}`, ...code].join('\n');
}
