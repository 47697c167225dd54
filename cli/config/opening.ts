import {
  type Connector,
  type ConnectorContext,
  type EventSink,
  millraceError,
  type Source,
} from '../../connectors/contract/index.ts';
import { FileRowStores } from '../../connectors/state/index.ts';
import type { Pipeline } from '../../connectors/sync/pipeline.ts';
import type { PipelineSpec } from './pipeline-spec.ts';
import type { Connection } from './project.ts';

export type OpenPipeline = Pipeline & AsyncDisposable;

/** Makes both sides of a pipeline; nothing is connected until they are used. Throws `config.invalid`. */
export function openPipeline(spec: PipelineSpec, emit: EventSink): OpenPipeline {
  const { id, name, config, to } = spec;
  const limit = config.throttle?.connections;
  const context = { emit, ...(limit === undefined ? {} : { maxConnections: limit }) };
  const writer = spec.writer === undefined ? {} : { writer: spec.writer };
  const source = openSource(spec.from, { ...context, pipeline: id, ...writer });
  if (to.connector.destination === undefined) throw cannot(to.connector, 'destination');
  const destination = to.connector.destination(to.config, { ...context, pipeline: id, pipelineName: name });
  const kept = spec.rows === undefined ? undefined : new FileRowStores(spec.rows, id);
  const dispose = async (): Promise<void> => {
    kept?.[Symbol.dispose]();
    await Promise.allSettled([source[Symbol.asyncDispose](), destination[Symbol.asyncDispose]()]);
  };
  const stores = kept === undefined ? {} : { kept };
  return { id, name, config, source, destination, ...stores, [Symbol.asyncDispose]: dispose };
}

/** Makes a source. Throws `config.invalid` where the connector is none. */
export function openSource({ connector, config }: Connection, context: ConnectorContext): Source {
  if (connector.source === undefined) throw cannot(connector, 'source');
  return connector.source(config, context);
}

function cannot({ title, type }: Connector, side: string) {
  return millraceError('config.invalid', `${title} (\`${type}\`) cannot be a ${side}`);
}
