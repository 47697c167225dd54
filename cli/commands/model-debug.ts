import { asMillraceError } from '../../connectors/contract/index.ts';
import { openAdapter } from '../../transforms/adapter/open.ts';
import type { Invocation, Outcome } from '../command.ts';
import { EXIT } from '../exit.ts';
import { noSignal } from '../inspection.ts';
import { openModels } from '../models/opening.ts';
import { tellErrors, tellNotes, templateMessages } from '../models/telling.ts';
import { paint, reportTerminal } from '../terminal.ts';

/** Long enough for most that sleep; whoever asks why nothing answers wants to hear it soon. */
const WAKE_SECONDS = 10;

/** `millrace debug`: where the project and its profile were found, and whether the target answers. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const opened = await openModels(invocation, 'debug', templateMessages(invocation));
  tellNotes(invocation, opened);
  const { profile, project, root } = opened;
  const facts: [string, string][] = [
    ['project', `${project.config.name} in ${root}`],
    ['profile', `${profile.name} in ${profile.path}`],
    ['target', `${profile.target}, ${profile.type}, schema ${profile.schema}, ${profile.threads} threads`],
  ];
  const asked = performance.now();
  let failure: ReturnType<typeof asMillraceError> | undefined;
  try {
    await using adapter = await openAdapter(profile, {
      root,
      emit: () => undefined,
      signal: noSignal,
      wakeSeconds: WAKE_SECONDS,
    });
    await using session = await adapter.session(noSignal);
    await session.execute('select 1 as id');
    facts.push(['connection', `${adapter.type} ${adapter.version}, ${Math.round(performance.now() - asked)} ms`]);
  } catch (thrown) {
    failure = asMillraceError(thrown);
    tellErrors(invocation, [failure]);
  }
  const terminal = reportTerminal(invocation.terminal);
  const mark = (name: string) => paint(terminal, 'bold', name.padEnd(11));
  return {
    exit: failure === undefined ? EXIT.ok : EXIT.failed,
    summary: failure === undefined ? 'all checks passed' : 'the target does not answer',
    result: { ...Object.fromEntries(facts), ok: failure === undefined },
    report: facts.map(([name, text]) => `${mark(name)}${text}`).join('\n'),
  };
}
