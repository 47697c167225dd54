import type { Destination, PipelineId, Source } from '../contract/index.ts';
import type { PipelineConfig } from './config.ts';

/** A source, a destination and what moves between them. Positions are kept by the destination under `id`. */
export interface Pipeline {
  readonly id: PipelineId;
  readonly name: string;
  readonly config: PipelineConfig;
  readonly source: Source;
  readonly destination: Destination;
}
