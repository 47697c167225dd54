import type { Destination, PipelineId, RowStores, Source } from '../contract/index.ts';
import type { PipelineConfig } from './config.ts';

/** A source, a destination and what moves between them. Positions are kept by the destination under `id`. */
export interface Pipeline {
  readonly id: PipelineId;
  readonly name: string;
  readonly config: PipelineConfig;
  readonly source: Source;
  readonly destination: Destination;
  /** Hashes of rows for destinations that cannot be compared with. Absent: changes that are found by comparing need history there. */
  readonly kept?: RowStores;
}
