import { verifyPipeline } from '../../connectors/sync/verify.ts';
import type { Invocation, Outcome } from '../command.ts';
import { selectPipelines } from '../config/place.ts';
import { EXIT } from '../exit.ts';
import { inspect, noSignal } from '../inspection.ts';
import { plural, printable } from '../output/format.ts';
import { verifyText } from '../output/verify-report.ts';
import { reportTerminal } from '../terminal.ts';

/** `millrace verify`: exit code 4 unless every table is equal. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { options, args } = invocation;
  const { pipelines } = selectPipelines(invocation, args, { whole: true });
  const samples = options.limit === undefined ? {} : { samples: options.limit };
  const reports = await inspect(invocation, pipelines, async (pipeline, { name, only }) => {
    const report = await verifyPipeline(pipeline, { ...samples, ...(only === undefined ? {} : { only }) }, noSignal);
    return { pipeline: name, ...report };
  });
  const terminal = reportTerminal(invocation.terminal);
  const streams = reports.flatMap((report) => report.streams);
  const equal = streams.filter(({ status }) => status === 'equal').length;
  const blocks = reports.map(({ pipeline, streams: own }) =>
    [printable(pipeline), ...own.map((stream) => verifyText(terminal, stream))].join('\n'),
  );
  return {
    exit: reports.every((report) => report.equal) ? EXIT.ok : EXIT.findings,
    summary: `${equal} of ${plural(streams.length, 'table')} equal`,
    result: reports,
    report: blocks.join('\n'),
  };
}
