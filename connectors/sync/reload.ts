import type { RunFinished } from '../contract/index.ts';
import type { PipelineConfig, StreamConfig } from './config.ts';
import type { Pipeline } from './pipeline.ts';
import { type RunOptions, runPipeline } from './run.ts';

/**
 * Reads one stream again in full, without touching the positions or rows of the others. With `where` (the source's SQL) only these rows
 * are written again, by key; nothing outside them is changed.
 */
export function reloadStream(
  pipeline: Pipeline,
  stream: string,
  where: string | undefined,
  options: RunOptions,
): Promise<RunFinished> {
  const config = reloadConfig(pipeline.config, where);
  return runPipeline({ ...pipeline, config }, { ...options, only: [stream], one: true, partial: where !== undefined });
}

function reloadConfig(config: PipelineConfig, where: string | undefined): PipelineConfig {
  const streams = config.streams.map((entry) =>
    reloadEntry(typeof entry === 'string' ? { name: entry } : entry, config, where),
  );
  const { read: _, cursor: _c, ...rest } = config;
  return { ...rest, streams };
}

function reloadEntry(entry: StreamConfig, config: PipelineConfig, where: string | undefined): StreamConfig {
  const { cursor: _, overlap: _o, ...kept } = entry;
  const incremental = (entry.cursor ?? config.cursor ?? entry.read) !== undefined && entry.read !== 'full';
  const configured = entry.write ?? config.write;
  const byKey = where !== undefined || incremental;
  const write = configured === 'overwrite' || configured === undefined ? (byKey ? 'upsert' : configured) : configured;
  const filter = [entry.where ?? config.where, where].filter((part) => part !== undefined);
  return {
    ...kept,
    read: 'full',
    ...(write === undefined ? {} : { write }),
    ...(filter.length === 0 ? {} : { where: filter.map((part) => `(${part})`).join(' AND ') }),
  };
}
