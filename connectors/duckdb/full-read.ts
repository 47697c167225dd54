import { createHash } from 'node:crypto';
import {
  type Group,
  type Lane,
  type Message,
  millraceError,
  type Position,
  type Positions,
  type StreamRound,
  streamText,
} from '../contract/index.ts';
import { type ReadLimits, readFlow } from './part-reader.ts';
import type { Flow, Part } from './relation.ts';
import type { Session } from './session.ts';

/** Where a lane goes on: in which of its parts, and behind which row id or how many rows of it. */
interface LanePosition {
  readonly version: 1;
  readonly fingerprint: string;
  readonly part: number;
  /** Null: the part has no order to go on by. */
  readonly mark: number | null;
}

/** What a full read needs of its source. */
export interface FullRead {
  readonly flow: Flow;
  readonly round: StreamRound;
  readonly limits: ReadLimits;
  readonly session: () => Promise<Session>;
}

/**
 * A full read as a group of one stage. A read that was cut short goes on where nothing has changed since; otherwise it begins anew.
 * Throws `source.history-lost` where rows of it are there for good because the destination appends.
 */
export function fullGroup(full: FullRead, committed: Positions): Group {
  const { request, schema, relation } = full.flow;
  const fingerprint = fingerprintOf(full.flow);
  return {
    streams: [request.stream],
    async *stages() {
      if (full.round.action === 'skip') return;
      const generation = generationOf(full, committed, fingerprint);
      const lanes = relation.lanes.map((parts, i) => partsLane(full, parts, laneId(full, generation, i), fingerprint));
      yield { lanes, streams: [{ schema, generation }] };
    },
  };
}

function laneId({ flow }: FullRead, generation: number, part: number): string {
  return `full/${generation}/${streamText(flow.request.stream)}/${part}`;
}

/** Changes when other rows would flow, or the same in another order. */
function fingerprintOf({ relation, schema, values, request }: Flow): string {
  const { rows: _, bytes: _b, ...shape } = schema;
  const facts = [relation.fingerprint, shape, values, request.where ?? ''];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32);
}

function generationOf(full: FullRead, committed: Positions, fingerprint: string): number {
  const { generation, action } = full.round;
  if (action === 'begin') return generation;
  const prefix = `full/${generation}/${streamText(full.flow.request.stream)}/`;
  const lanes = [...committed.lanes].filter(([id]) => id.startsWith(prefix));
  const usable = lanes.every(([, { position, ended }]) => {
    const at = JSON.parse(position) as LanePosition;
    return at.version === 1 && at.fingerprint === fingerprint && (ended || at.mark !== null);
  });
  if (usable) return generation;
  if (full.flow.request.once === true) throw historyLost(full.flow);
  return generation + 1;
}

function historyLost({ request }: Flow): Error {
  const at = streamText(request.stream);
  return millraceError(
    'source.history-lost',
    `${at} has changed since a full read of it was cut short, and its rows so far are appended`,
    { at },
  );
}

function partsLane(full: FullRead, parts: readonly Part[], id: string, fingerprint: string): Lane {
  return {
    id,
    read: (after, signal) => readParts(full, parts, startOf(full.flow, after, fingerprint), fingerprint, signal),
  };
}

function startOf(flow: Flow, after: Position | undefined, fingerprint: string): LanePosition {
  if (after === undefined) return { version: 1, fingerprint, part: 0, mark: 0 };
  const position = JSON.parse(after) as LanePosition;
  if (position.fingerprint === fingerprint && position.mark !== null) return position;
  throw historyLost(flow);
}

async function* readParts(
  { flow, limits, session: open }: FullRead,
  parts: readonly Part[],
  start: LanePosition,
  fingerprint: string,
  signal: AbortSignal,
): AsyncGenerator<Message> {
  await using session = await open();
  let at = start;
  for (let i = start.part; i < parts.length && !signal.aborted; i++) {
    const part = parts[i]!;
    const from = i === start.part ? (start.mark ?? 0) : 0;
    const bearing = limits.maxRejects > 0 ? part.bearing : undefined;
    let mark = from;
    const reader = readFlow(
      session,
      flow,
      tailOf(flow, part, bearing?.from ?? part.from, from),
      part.mark === 'rowid' ? 'rowid' : 'NULL',
      limits,
      signal,
      bearing,
    );
    for await (const { batch, last, count, whole } of reader) {
      mark = part.mark === 'rowid' ? Number(last) + 1 : mark + count;
      at = { version: 1, fingerprint, part: i, mark: part.mark === 'none' ? null : mark };
      // Lines that are no rows come with the last batch: reading its part again would reject them twice.
      if (whole) at = { version: 1, fingerprint, part: i + 1, mark: 0 };
      yield batch;
      // Rows that are appended for good are committed whole where the read cannot go on.
      if (part.mark !== 'none' || flow.request.once !== true)
        yield { kind: 'checkpoint', position: JSON.stringify(at) };
    }
  }
  if (!signal.aborted) yield { kind: 'checkpoint', position: JSON.stringify(at), ended: true };
}

/** What stands behind FROM for the rows of a part from a mark on. */
function tailOf({ request }: Flow, part: Part, relation: string, from: number): string {
  const conditions = [
    ...(part.where === undefined ? [] : [part.where]),
    ...(part.mark === 'rowid' && from > 0 ? [`rowid >= ${from}`] : []),
    ...(request.where === undefined ? [] : [`(${request.where})`]),
  ];
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return `${relation}${where}${part.mark === 'offset' && from > 0 ? ` OFFSET ${from}` : ''}`;
}
