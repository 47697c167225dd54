import type { RunEvent } from '../../connectors/contract/index.ts';
import { LocalState } from '../../connectors/state/index.ts';
import type { Invocation, Outcome } from '../command.ts';
import { stateFile } from '../config/place.ts';
import { EXIT } from '../exit.ts';
import { plural, printable } from '../output/format.ts';
import { requireRun } from '../run-record.ts';

/** `millrace history logs`: what is kept of a run's events, one a line. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { terminal, args } = invocation;
  using state = new LocalState(stateFile(invocation), (message) => terminal.err.write(`note   ${message}\n`));
  const { run: name } = requireRun(state, args[0]);
  const events = state.events(name);
  return {
    exit: EXIT.ok,
    summary: `${plural(events.length, 'event')} of run ${name}`,
    result: { run: name, events },
    report: events.map(eventText).join('\n'),
  };
}

function eventText(event: RunEvent): string {
  const { event: kind, at, ...rest } = event;
  const details = Object.entries(rest).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? printable(value) : JSON.stringify(value)}`,
  );
  return `${at}  ${kind.padEnd(9)}  ${details.join('  ')}`;
}
