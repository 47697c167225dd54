import type { Finding } from '../../connectors/contract/index.ts';
import { checkPipeline } from '../../connectors/sync/index.ts';
import type { Invocation, Outcome } from '../command.ts';
import { selectPipelines } from '../config/place.ts';
import { EXIT } from '../exit.ts';
import { inspect, noSignal } from '../inspection.ts';
import { findingsSummary, findingText } from '../output/finding.ts';
import { maskText, maskValue } from '../output/secret.ts';
import { reportTerminal } from '../terminal.ts';

/** Before the first run of the other half nothing is there to read: that is how it should be. */
function asHalf(found: Finding): Finding {
  if (found.code !== 'source.stream-missing') return found;
  const fix = 'Run `millrace sync`: the half at the source writes what this one reads.';
  return { ...found, severity: 'warning', fix };
}

/** `millrace check`: findings of every selected pipeline; exit code 4 where one is an error. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { pipelines } = selectPipelines(invocation, invocation.args, { narrow: false });
  const checked = await inspect(invocation, pipelines, async (pipeline, { name, from, to, half }) => ({
    pipeline: name,
    from: from.name,
    to: to.name,
    findings: maskValue(
      (await checkPipeline(pipeline, noSignal)).map((found) => (half === 'destination' ? asHalf(found) : found)),
    ),
  }));
  const all: Finding[] = checked.flatMap(({ findings }) => findings);
  const blocks = checked.map(({ pipeline, from, to, findings }) => {
    const lines = findings.map((finding) => findingText(reportTerminal(invocation.terminal), finding));
    const sides = pipeline === `${from} -> ${to}` ? '' : `  (${from} -> ${to})`;
    return [`${pipeline}${sides}`, ...lines].join('\n');
  });
  return {
    exit: all.some(({ severity }) => severity === 'error') ? EXIT.findings : EXIT.ok,
    summary: findingsSummary(all),
    result: checked,
    report: maskText(blocks.join('\n')),
  };
}
