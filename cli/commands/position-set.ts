import { LocalState } from '../../connectors/state/index.ts';
import type { Invocation, Outcome } from '../command.ts';
import { selectPipeline } from '../config/place.ts';
import { EXIT } from '../exit.ts';
import { inspect, noSignal } from '../inspection.ts';
import { confirm } from '../output/prompt.ts';

/** `millrace position set`: says what was there before and asks, because a wrong position loses or doubles rows. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { terminal, options } = invocation;
  const [lane, position, ...places] = invocation.args as [string, string, ...string[]];
  const spec = selectPipeline(invocation, places, { narrow: false });
  using state = new LocalState(spec.stateFile, (message) => terminal.err.write(`note   ${message}\n`));
  const [outcome] = await inspect(invocation, [spec], async ({ id, name, destination }) => {
    const before = (await destination.positions(noSignal)).lanes.get(lane)?.position;
    terminal.err.write(`${name}, lane ${lane}\n  now  ${before ?? 'no position'}\n  new  ${position}\n`);
    const agreed = await confirm(
      terminal,
      options,
      'Set this position? Rows between the two are skipped or read again.',
    );
    if (agreed) await destination.setPosition(lane, position, noSignal);
    state.replacePositions(id, await destination.positions(noSignal), new Date().toISOString());
    return { lane, before: before ?? null, after: agreed ? position : (before ?? null), set: agreed };
  });
  return { exit: EXIT.ok, summary: outcome!.set ? 'position set' : 'nothing was changed', result: outcome, report: '' };
}
