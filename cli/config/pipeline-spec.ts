import type { PipelineId } from '../../connectors/contract/index.ts';
import type { PipelineConfig } from '../../connectors/sync/config.ts';
import type { Options } from '../command.ts';
import type { Half } from './halves.ts';
import type { Connection } from './project.ts';

/** A pipeline that a command is to work on, not yet connected. */
export interface PipelineSpec {
  readonly id: PipelineId;
  readonly name: string;
  readonly config: PipelineConfig;
  readonly from: Connection;
  readonly to: Connection;
  /** `--tables` of a pipeline of the project: keep to these. */
  readonly only?: readonly string[];
  /** Of a pipeline with `via`: which part of it this is. */
  readonly half?: Half;
  /** The folder beside the local state where hashes of rows are kept. */
  readonly rows?: string;
  /** Of a half that reads what the other one wrote: that one. */
  readonly writer?: PipelineId;
}

/** A configuration with what the command line says for this run. */
export function withRunOptions(config: PipelineConfig, { maxRejects, parallel }: Options): PipelineConfig {
  return {
    ...config,
    ...(maxRejects === undefined ? {} : { max_rejects: maxRejects }),
    ...(parallel === undefined ? {} : { parallel }),
  };
}
