import { LocalState } from '../../connectors/state/index.ts';
import type { Invocation, Outcome } from '../command.ts';
import { selectWithHalves } from '../config/place.ts';
import { EXIT } from '../exit.ts';
import { inspect, noSignal } from '../inspection.ts';
import { plural } from '../output/format.ts';
import { confirm } from '../output/prompt.ts';

/** `millrace drop`: forgets a pipeline here and, with `--clean` or on request, what it keeps at the destination. Rows stay. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { terminal, options, args } = invocation;
  const { pipelines, stateFile } = selectWithHalves(invocation, args, { narrow: false });
  using state = new LocalState(stateFile, (message) => terminal.err.write(`note   ${message}\n`));
  const outcomes = await inspect(invocation, pipelines, async ({ id, name, destination, kept }) => {
    const { lanes, streams } = await destination.positions(noSignal);
    const left = { tables: [...streams.keys()], lanes: lanes.size };
    tellLeft(invocation, name, left);
    const offered =
      !options.clean && lanes.size + streams.size > 0 && terminal.interactive && !options.json && !options.yes;
    const clean =
      options.clean === true ||
      (offered && (await confirm(terminal, options, 'Remove the positions and unfinished build tables?')));
    const question = clean ? `Drop ${name} here and at the destination?` : `Forget ${name} on this machine?`;
    if (!(offered && clean) && !(await confirm(terminal, options, question)))
      return { dropped: false, cleaned: false, left };
    if (clean) await destination.forget(noSignal);
    state.forgetPipeline(id);
    kept?.forget();
    return { dropped: true, cleaned: clean, left };
  });
  const dropped = outcomes.some((one) => one.dropped);
  const cleaned = outcomes.every((one) => one.cleaned);
  const summary = dropped
    ? `dropped${cleaned ? ' and cleaned' : '; positions stay at the destination'}${projectText(invocation)}`
    : 'nothing was changed';
  return { exit: EXIT.ok, summary, result: outcomes.length === 1 ? outcomes[0] : outcomes, report: '' };
}

function tellLeft(
  { terminal, options }: Invocation,
  name: string,
  left: { tables: readonly string[]; lanes: number },
): void {
  if (options.quiet) return;
  const lines = [
    `${name} leaves at the destination:`,
    `  rows of ${plural(left.tables.length, 'table')}, which are yours: drop them by hand if you do not want them`,
    ...left.tables.map((table) => `    ${table}`),
    `  ${plural(left.lanes, 'position')} in _millrace_state, and rejected rows in _millrace_rejects`,
  ];
  terminal.err.write(`${lines.join('\n')}\n`);
}

function projectText({ args }: Invocation): string {
  return args.length === 2 ? '' : '; take it out of millrace.yaml as well';
}
