import {
  type Column,
  type Comparer,
  type Finding,
  type Group,
  type Identity,
  MillraceError,
  millraceError,
  nextRound,
  type Positions,
  type ReadRequest,
  type Source,
  type StreamName,
  type StreamRequest,
  type StreamSchema,
  streamText,
} from '../contract/index.ts';
import { fullGroup } from './full-read.ts';
import { cursorOf, incrementalGroup } from './incremental-read.ts';
import { type Flow, flowOf, type Relation, unreadable } from './relation.ts';
import type { Session } from './session.ts';

/** What DuckDB reads streams from: a database file, or files of other formats. */
export interface Shelf extends AsyncDisposable {
  readonly identity: Identity;
  session(): Promise<Session>;
  /** Streams that match one of the patterns. */
  discover(session: Session, patterns: readonly string[]): Promise<StreamSchema[]>;
  /** Undefined: there is no such stream. */
  relation(session: Session, stream: StreamName): Promise<Relation | undefined>;
  comparer?(): Comparer;
}

/** A source of what DuckDB can read. */
export class DuckSource implements Source {
  readonly #shelf: Shelf;
  readonly comparer?: () => Comparer;

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
    if (shelf.comparer !== undefined) this.comparer = shelf.comparer.bind(shelf);
  }

  async identity(): Promise<Identity> {
    return this.#shelf.identity;
  }

  async check(request: ReadRequest): Promise<Finding[]> {
    try {
      const findings: Finding[] = [];
      for (const one of request.streams) findings.push(...(await this.#checkStream(one)));
      return findings;
    } catch (thrown) {
      return [findingOf(thrown)];
    }
  }

  async discover(patterns: readonly string[]): Promise<StreamSchema[]> {
    await using session = await this.#shelf.session();
    return await this.#shelf.discover(session, patterns);
  }

  async schemas({ streams, maxRejects = 0 }: ReadRequest): Promise<StreamSchema[]> {
    await using session = await this.#shelf.session();
    const schemas: StreamSchema[] = [];
    for (const request of streams) {
      const { schema, relation } = await this.#flow(session, request);
      if (relation.broken !== undefined && (maxRejects === 0 || request.mode !== 'full')) throw relation.broken;
      schemas.push(schema);
    }
    return schemas;
  }

  async groups({ streams, layout, maxRowBytes, maxRejects = 0 }: ReadRequest, committed: Positions): Promise<Group[]> {
    await using session = await this.#shelf.session();
    const fulls = streams.filter(({ mode }) => mode === 'full').map(({ stream }) => streamText(stream));
    const rounds = nextRound(fulls, committed);
    const groups: Group[] = [];
    for (const request of streams) {
      const flow = await this.#flow(session, request);
      const [unknown] = unreadable(flow);
      if (unknown !== undefined) throw unsupported(flow, unknown);
      const shared = { flow, limits: { layout, maxRowBytes, maxRejects }, session: () => this.#shelf.session() };
      const round = rounds.get(streamText(request.stream));
      if (request.mode === 'cdc') throw noChanges(request);
      groups.push(
        round === undefined
          ? incrementalGroup({ ...shared, whole: flow.relation.schema })
          : fullGroup({ ...shared, round }, committed),
      );
    }
    return groups;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#shelf[Symbol.asyncDispose]();
  }

  async #flow(session: Session, request: StreamRequest): Promise<Flow> {
    const relation = await this.#shelf.relation(session, request.stream);
    const name = streamText(request.stream);
    if (relation === undefined)
      throw millraceError('source.stream-missing', `there is no stream ${name}`, { at: name });
    return flowOf(relation, request);
  }

  async #checkStream(request: StreamRequest): Promise<Finding[]> {
    try {
      if (request.mode === 'cdc') throw noChanges(request);
      await using session = await this.#shelf.session();
      const flow = await this.#flow(session, request);
      if (request.mode === 'incremental') cursorOf(flow.relation.schema, request);
      // A run without rejects does not come here: its schemas are refused.
      if (flow.relation.broken !== undefined) return [{ ...findingOf(flow.relation.broken), severity: 'warning' }];
      return unreadable(flow).map((column) => findingOf(unsupported(flow, column)));
    } catch (thrown) {
      return [findingOf(thrown)];
    }
  }
}

function noChanges({ stream }: StreamRequest): Error {
  const at = streamText(stream);
  return millraceError(
    'config.mode-illegal',
    `${at}: files tell no changes, so that there is nothing to read by \`cdc\``,
    {
      at,
      fix: 'Choose read: full, or incremental by a cursor.',
    },
  );
}

function unsupported({ request }: Flow, { name, native }: Column): Error {
  const at = `${streamText(request.stream)}.${name}`;
  return millraceError('type.unsupported', `column ${at} is ${native}`, {
    at,
    fix: `Take it as text with \`take_as: { ${name}: text }\`, or leave it out with \`exclude_columns\`.`,
  });
}

function findingOf(thrown: unknown): Finding {
  if (!(thrown instanceof MillraceError)) throw thrown;
  const { code, message, fix, at } = thrown;
  return { severity: 'error', code, side: 'source', message, fix, ...(at === undefined ? {} : { at }) };
}
