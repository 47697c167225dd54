export { checkPipeline } from './check.ts';
export { type PipelineConfig, pipelineConfig, type StreamConfig, streamConfig } from './config.ts';
export { legalModes } from './mode.ts';
export type { Pipeline } from './pipeline.ts';
export { type PipelinePlan, type PlannedStream, planPipeline } from './plan.ts';
export { type Preview, previewStream } from './preview.ts';
export { reloadStream } from './reload.ts';
export { type Resolved, resolvePipeline } from './resolve.ts';
export { type RunOptions, runPipeline } from './run.ts';
export { type ShownChange, type ShownRow, tailStream } from './tail.ts';
export { syncUntilEqual } from './until-equal.ts';
export {
  type StreamVerify,
  type VerifyOptions,
  type VerifyReport,
  type VerifyStatus,
  verifyPipeline,
} from './verify.ts';
export type { ColumnDifference, RowDifference } from './verify-sample.ts';
export type { DifferenceCounts } from './verify-settle.ts';
export type { LeftOut } from './verify-table.ts';
