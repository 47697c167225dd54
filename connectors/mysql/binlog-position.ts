import type { Position } from '../contract/index.ts';
import type { LogPoint } from './log-point.ts';

/** A table whose changes are taken. */
export interface CapturedTable {
  /** The full read that began after `since`, or a later one, has its rows. */
  readonly generation: number;
  /** Its changes before this point are in the full read already; absent: the log was read beyond it. */
  readonly since?: LogPoint;
}

/** Position of the log's lane. */
export interface LogPosition {
  readonly version: 1;
  /** Every transaction before it is committed. */
  readonly log: LogPoint;
  /** Changed rows of the transaction after it that are committed too: one that was too large for one commit. */
  readonly rows?: number;
  /** By `streamText`. */
  readonly tables: Readonly<Record<string, CapturedTable>>;
}

export function parseLogPosition(text: Position): LogPosition {
  return JSON.parse(text) as LogPosition;
}

export function logPositionText(position: LogPosition): Position {
  return JSON.stringify(position);
}
