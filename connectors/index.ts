/** What a program may import from `millrace`. Everything else may change without notice. */
export * from './contract/index.ts';
export { connectorOfUrl, connectors, findConnector } from './registry.ts';
export { type KeptPosition, type KeptStream, LocalState, type RunRecord } from './state/index.ts';
export {
  checkPipeline,
  type Pipeline,
  type PipelineConfig,
  type PipelinePlan,
  type PlannedStream,
  type Preview,
  pipelineConfig,
  planPipeline,
  previewStream,
  type RunOptions,
  reloadStream,
  runPipeline,
  type StreamConfig,
  streamConfig,
} from './sync/index.ts';
export { type StreamVerify, type VerifyOptions, type VerifyReport, verifyPipeline } from './sync/verify.ts';
