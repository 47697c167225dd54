import type { Destination, ReadMode, Source } from '../../connectors/contract/index.ts';
import type { PipelineConfig } from '../../connectors/sync/config.ts';
import type { Invocation, Outcome } from '../command.ts';
import { selectPipelines } from '../config/place.ts';
import { EXIT } from '../exit.ts';
import { inspect } from '../inspection.ts';

/** `millrace grants`: statements for each side, made from the configuration alone: nothing is connected. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const { pipelines } = selectPipelines(invocation, invocation.args, { narrow: false });
  const sides = await inspect(invocation, pipelines, async ({ source, destination, config }, { name, from, to }) => [
    { pipeline: name, side: 'source', connection: from.name, statements: sourceGrants(source, config) },
    { pipeline: name, side: 'destination', connection: to.name, statements: destinationGrants(destination, config) },
  ]);
  const blocks = sides.flat().map(({ pipeline, side, connection, statements }) => {
    const lines = statements.length === 0 ? ['-- needs no grants'] : statements;
    return [`-- ${pipeline}: ${side} ${connection}`, ...lines].join('\n');
  });
  return { exit: EXIT.ok, summary: '', result: sides.flat(), report: blocks.join('\n') };
}

function sourceGrants(source: Source, config: PipelineConfig): readonly string[] {
  return source.grants?.(entries(config).map(({ name, mode }) => ({ pattern: name, mode }))) ?? [];
}

function destinationGrants(destination: Destination, config: PipelineConfig): readonly string[] {
  const databases = entries(config).map(({ name, template }) => {
    const namespace = name.includes('.') ? name.slice(0, name.indexOf('.')) : '*';
    return (template ?? destination.can.namespace ?? '{database}').replace(/\{(database|schema)\}/g, () => namespace);
  });
  return destination.grants?.([...new Set(databases)]) ?? [];
}

function entries(config: PipelineConfig): { name: string; mode: ReadMode; template: string | undefined }[] {
  return config.streams.map((entry) => {
    const own = typeof entry === 'string' ? { name: entry } : entry;
    const cursor = own.cursor ?? config.cursor;
    const mode = own.read ?? config.read ?? (cursor === undefined ? 'full' : 'incremental');
    return { name: own.name, mode, template: own.target?.database ?? config.target?.database };
  });
}
