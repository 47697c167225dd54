import { type MillraceError, millraceError, type PipelineId } from '../../connectors/contract/index.ts';
import type { PipelineConfig, StreamOptions } from '../../connectors/sync/config.ts';
import type { PipelineSpec } from './pipeline-spec.ts';
import type { Connection } from './project.ts';

/** The two pipelines that one with `via` is: from its source into the relay, and from there to its destination. */
export const halves = ['source', 'destination'] as const;
export type Half = (typeof halves)[number];

/** A pipeline with a relay between its sides. */
export interface RelayedPipeline {
  /** The identity of each half. */
  readonly idOf: (half: Half) => PipelineId;
  readonly name: string;
  readonly config: PipelineConfig;
  readonly from: Connection;
  readonly via: Connection;
  readonly to: Connection;
}

type OptionName = keyof StreamOptions;

/** What is done to rows where they are read; these go to the half at the source alone. */
const OF_THE_SOURCE: ReadonlySet<OptionName> = new Set<OptionName>([
  'read',
  'cursor',
  'overlap',
  'where',
  'columns',
  'exclude_columns',
  'hash',
  'mask',
  'take_as',
]);
/** What says where and how rows are written at the end. */
const OF_THE_DESTINATION: ReadonlySet<OptionName> = new Set<OptionName>(['write', 'target', 'shard']);

/** Both halves, the source's first. Throws `config.invalid` for what does not go over a relay. */
export function splitPipeline(relayed: RelayedPipeline): readonly [PipelineSpec, PipelineSpec] {
  const { name, config, from, via, to, idOf } = relayed;
  if (!via.connector.relay || via.connector.source === undefined || via.connector.destination === undefined) {
    throw invalid(`\`${via.connector.type}\` cannot stand between the halves of a pipeline (\`via\`)`, relayed);
  }
  requireLegalWrites(relayed);
  const writer = idOf('source');
  const source = without(config, OF_THE_DESTINATION);
  const destination = without(config, OF_THE_SOURCE);
  return [
    { id: writer, name: `${name}/source`, config: source, from, to: via, half: 'source' },
    {
      id: idOf('destination'),
      name: `${name}/destination`,
      config: { ...destination, read: 'cdc' },
      from: via,
      to,
      half: 'destination',
      writer,
    },
  ];
}

/** Both ends of a pipeline with a relay, to be compared with each other. */
export function wholePipeline({ name, config, from, to, idOf }: RelayedPipeline): PipelineSpec {
  return { id: idOf('destination'), name, config, from, to };
}

/** Topics keep the last state of each row, and a row is found by its key: what needs each state, or all rows at once, has no meaning behind them. */
function requireLegalWrites(relayed: RelayedPipeline): void {
  const { config } = relayed;
  const written = [
    config.write,
    ...config.streams.map((entry) => (typeof entry === 'string' ? undefined : entry.write)),
  ];
  const illegal = written.find((mode) => mode === 'overwrite' || mode === 'history' || mode === 'append');
  if (illegal === undefined) return;
  throw invalid(`write \`${illegal}\` does not go with \`via\``, relayed, 'Choose write: upsert or soft_delete.');
}

function invalid(message: string, { name }: RelayedPipeline, fix?: string): MillraceError {
  return millraceError('config.invalid', message, { at: name, ...(fix === undefined ? {} : { fix }) });
}

function without(config: PipelineConfig, names: ReadonlySet<OptionName>): PipelineConfig {
  const streams = config.streams.map((entry) => (typeof entry === 'string' ? entry : omit(entry, names)));
  return { ...omit(config, names), streams };
}

function omit<T extends object>(options: T, names: ReadonlySet<string>): T {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !names.has(name))) as T;
}
