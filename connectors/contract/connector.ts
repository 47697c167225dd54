import type { z } from 'zod';
import type { Changefeed } from './changefeed.ts';
import type { Destination, DestinationContext } from './destination.ts';
import type { EventSink } from './events.ts';
import type { PipelineId } from './position.ts';
import type { StreamSchema } from './schema.ts';
import type { Source } from './source.ts';

/** What a connector may use of its surroundings. */
export interface ConnectorContext {
  /** Notices that belong to the run, e.g. "local_infile is off". */
  readonly emit: EventSink;
  /** Throttles of the run, already turned into numbers; absent: unlimited. */
  readonly maxConnections?: number;
  /** Whose source it is; absent: nobody else reads for the same. */
  readonly pipeline?: PipelineId;
  /** The pipeline that wrote what is read, where the connector is a `relay`: its streams have the names that they had there. */
  readonly writer?: PipelineId;
}

/** A connector: one line in the registry. Parsing, JSON Schema, prompts and docs all come from `config`. */
export interface Connector<Config extends { type: string } = { type: string }> {
  readonly type: Config['type'];
  readonly title: string;
  /** Server versions that the test suite runs against, and those expected to work. */
  readonly tested: readonly string[];
  readonly expected: readonly string[];
  readonly config: z.ZodType<Config>;
  /** Can stand between the two halves of a pipeline (`via`): what its destination wrote, its source gives under the names that it came by. */
  readonly relay?: true;
  /** URL schemes that stand for this connector on the command line, e.g. `mysql`. */
  readonly schemes: readonly string[];
  /** A configuration from a URL; throws `config.invalid`. */
  fromUrl(url: URL): Config;
  source?(config: Config, context: ConnectorContext): Source;
  /** Topics of this cluster that a database tells its changes into by itself, from a moment of `Source.now` on. */
  changefeed?(config: Config, tables: readonly StreamSchema[], start: string): Changefeed;
  destination?(config: Config, context: ConnectorContext & DestinationContext): Destination;
}
