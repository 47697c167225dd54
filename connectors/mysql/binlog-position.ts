import type { LaneId, Position, Positions } from '../contract/index.ts';
import type { LogPoint } from './log-point.ts';

/** The log of a server is one lane for all tables that are read by it. */
export const LOG_LANE: LaneId = 'binlog';

/** Position of the log's lane. */
export interface LogPosition {
  readonly version: 1;
  /** Every transaction before it is committed. */
  readonly log: LogPoint;
  /** Changed rows of the transaction after it that are committed too: one that was too large for one commit. */
  readonly rows?: number;
  /** The tables whose changes were taken up to here, by `streamText`. */
  readonly tables: readonly string[];
}

/** Position of a table's own lane: from where on its changes are taken. It is forgotten with the stream. */
export interface TableStart {
  readonly version: 1;
  /** The full read that began after `since`, or a later one, has the table's rows. */
  readonly generation: number;
  /** The table's changes before this point are in the full read already. */
  readonly since: LogPoint;
  /** Where the log ended when the full read had: changes up to here may be older than rows of it. Absent: it has not ended. */
  readonly until?: LogPoint;
}

/** Beside the lanes of the table's full reads, whose numbers begin with 1. */
export function startLaneId(stream: string): LaneId {
  return `full/0/${stream}/log`;
}

export function logPosition(committed: Positions): LogPosition | undefined {
  return parsed<LogPosition>(committed.lanes.get(LOG_LANE)?.position);
}

export function tableStart(committed: Positions, stream: string): TableStart | undefined {
  return parsed<TableStart>(committed.lanes.get(startLaneId(stream))?.position);
}

export function parsed<P>(text: Position | undefined): P | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as P);
}
