import { createHash } from 'node:crypto';
import { millraceError, type PipelineId } from '../contract/index.ts';
import { quoteBytes } from './quote.ts';

/** A 128-bit hash as a binary literal: no two texts that differ, in case only or in trailing spaces, are one. */
export function hashLiteral(text: string): string {
  return quoteBytes(createHash('sha256').update(text, 'utf8').digest().subarray(0, 16));
}

/** The pipeline's UUID as a binary literal of 16 bytes. Throws `config.invalid`. */
export function pipelineLiteral(pipeline: PipelineId): string {
  const hex = pipeline.replaceAll('-', '');
  if (!/^[0-9a-fA-F]{32}$/.test(hex)) {
    throw millraceError('config.invalid', `the pipeline's id must be a UUID, not "${pipeline}"`);
  }
  return quoteBytes(Buffer.from(hex, 'hex'));
}
