import type { RunEvent } from '../connectors/contract/index.ts';
import type { Pipeline } from '../connectors/sync/pipeline.ts';
import type { Invocation } from './command.ts';
import { openPipeline } from './config/opening.ts';
import type { PipelineSpec } from './config/pipeline-spec.ts';
import { Notes } from './output/note.ts';

/** A signal for commands that hold nothing worth saving: Ctrl-C ends their process. */
export const noSignal: AbortSignal = new AbortController().signal;

/** Tells people what connectors say while a command looks around, e.g. that a cluster wakes up. */
export function noticeSink({ terminal, options }: Pick<Invocation, 'terminal' | 'options'>): (event: RunEvent) => void {
  const notes = new Notes(terminal);
  return (event) => {
    const line = notes.line(event);
    if (line !== undefined && !options.quiet) terminal.err.write(`${line}\n`);
  };
}

/** Opens each pipeline, looks, and closes it again. */
export async function inspect<T>(
  invocation: Invocation,
  pipelines: readonly PipelineSpec[],
  look: (pipeline: Pipeline, spec: PipelineSpec) => Promise<T>,
): Promise<T[]> {
  const found: T[] = [];
  for (const spec of pipelines) {
    await using pipeline = openPipeline(spec, noticeSink(invocation));
    found.push(await look(pipeline, spec));
  }
  return found;
}
