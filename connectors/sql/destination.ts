import {
  type Capabilities,
  type Comparer,
  type Destination,
  type DestinationContext,
  type Finding,
  type Identity,
  type LaneId,
  loadedColumns,
  millraceError,
  type OpenLane,
  type Position,
  type Positions,
  type RejectGate,
  type RowKey,
  type StreamName,
  type StreamSchema,
  streamText,
  type Target,
  type TargetPlan,
} from '../contract/index.ts';
import { sqlComparer } from './comparer.ts';
import { checkDestination } from './destination-check.ts';
import { removeRows } from './destination-remove.ts';
import { openFence } from './fence.ts';
import { FullWrite } from './full-write.ts';
import { destinationNeeds, grantStatements } from './grants.ts';
import type { Run } from './introspect-run.ts';
import type { LoadTarget } from './load-target.ts';
import { look } from './look.ts';
import { forgetOrder } from './order.ts';
import { planTarget, type SqlPlan } from './plan.ts';
import { applyPlan } from './plan-apply.ts';
import type { SqlPool } from './pool.ts';
import { query } from './query.ts';
import { type ServerInfo, serverInfo } from './server.ts';
import type { Session } from './session.ts';
import { readServerFacts, type ServerFacts } from './shape-facts.ts';
import { StateTable } from './state.ts';
import { LoadWriter } from './writer.ts';

/** Where the state lives when the connection names no database. */
const STATE_DATABASE = 'millrace';

export interface SqlDestinationOptions {
  readonly pool: SqlPool;
  readonly context: DestinationContext;
  /** What the connector speaks before it was connected. */
  readonly dialect: ServerInfo['dialect'];
  /** Throws `config.invalid` where it is not the kind of server that was configured. */
  readonly accept: (info: ServerInfo) => void;
  readonly limits: Pick<Capabilities, 'commitBytes' | 'commitRows' | 'commitSeconds' | 'lanes'>;
  readonly requestUnitsPerMiB?: number;
}

/** For callers that do not stop. */
const unending = new AbortController().signal;

interface Server {
  readonly info: ServerInfo;
  readonly facts: ServerFacts;
}

/** Tables of a MySQL-protocol database as targets: rows, rejects and position in one transaction. */
export class SqlDestination implements Destination {
  readonly can: Capabilities;
  readonly #pool: SqlPool;
  readonly #dialect: ServerInfo['dialect'];
  readonly #accept: SqlDestinationOptions['accept'];
  readonly #state: StateTable;
  readonly #full: FullWrite;
  /** Tables that take the rows of each stream, as applied plans say. */
  /** By stream: what was planned last, as rows are put in. */
  readonly #loads = new Map<string, Pick<LoadTarget, 'table' | 'filled'>>();
  /** Lanes that were opened here, and ids of the sessions that had them: a lane that another process has opened since is lost. */
  readonly #opened = new Set<LaneId>();
  readonly #holders = new Set<number>();
  readonly #view = (signal: AbortSignal) => this.#pool.lease('read', signal);
  #server: Promise<Server> | undefined;
  #stateMade: Promise<void> | undefined;

  constructor({ pool, context, dialect, accept, limits, requestUnitsPerMiB }: SqlDestinationOptions) {
    const { database } = pool.config;
    this.can = {
      layout: 'text',
      lines: true,
      writeModes: ['append', 'overwrite', 'upsert', 'soft_delete'],
      ...limits,
      ...(database === undefined ? {} : { namespace: database }),
      ...(requestUnitsPerMiB === undefined ? {} : { requestUnitsPerMiB }),
    };
    this.#pool = pool;
    this.#dialect = dialect;
    this.#accept = accept;
    this.#state = new StateTable(database ?? STATE_DATABASE, context.pipeline, context.pipelineName);
    this.#full = new FullWrite(this.#state);
  }

  awakeSeconds(): number {
    return this.#pool.awakeSeconds;
  }

  async identity(signal: AbortSignal): Promise<Identity> {
    return (await this.#known(signal)).info.identity;
  }

  async check(targets: readonly Target[], signal: AbortSignal): Promise<Finding[]> {
    const { info } = await this.#known(signal);
    const own = await look(this.#view, signal, (session) =>
      checkDestination(runOn(session), info, this.#state, targets),
    );
    const plans = await Promise.all(
      targets.map((target) => this.plan(target, target.read === 'full' ? 0 : undefined, signal)),
    );
    return [...own, ...plans.flatMap((plan) => plan.refused)];
  }

  async positions(signal: AbortSignal): Promise<Positions> {
    return look(this.#view, signal, (session) => this.#state.positions(session));
  }

  async plan(target: Target, generation: number | undefined, signal: AbortSignal): Promise<SqlPlan> {
    const { facts } = await this.#known(signal);
    const { pipeline } = this.#state;
    const asWriter = (lasting: AbortSignal) => this.#pool.lease('write', lasting);
    return look(asWriter, signal, async (session) => {
      const owned = await this.#state.owns(session, target.table);
      const plan = await planTarget(runOn(session), { facts, target, pipeline, generation, owned });
      return this.#full.adjust(plan, await this.#full.standing(session, target));
    });
  }

  async apply(plan: TargetPlan, signal: AbortSignal): Promise<void> {
    const { facts } = await this.#known(signal);
    const sqlPlan = plan as SqlPlan;
    await this.#makeState(signal);
    await using lease = await this.#pool.lease('write', signal);
    // Before the read is recorded: a table that the plan did not own may have become this pipeline's, but not by that.
    const owned = sqlPlan.request.owned || (await this.#state.owns(lease.session, plan.target.table));
    await this.#full.begin(lease.session, sqlPlan, facts, signal);
    await applyPlan(runOn(lease.session), { ...sqlPlan, request: { ...sqlPlan.request, owned } });
    const { source } = plan.target;
    const filled = loadedColumns(source).map(({ name }) => name);
    this.#loads.set(streamText(source.stream), { table: sqlPlan.load, filled });
  }

  async open(
    lane: LaneId,
    targets: readonly Target[],
    source: Identity,
    gate: RejectGate,
    signal: AbortSignal = unending,
  ): Promise<OpenLane> {
    const { info } = await this.#known(signal);
    await this.#makeState(signal);
    await using lease = await this.#pool.lease('write', signal);
    const streams = targets.map((target) => streamText(target.source.stream));
    this.#holders.add(lease.session.id);
    const held = this.#opened.has(lane) ? { held: this.#holders } : {};
    const opening = { lane, streams, source, ...held };
    const fence = await openFence(lease.session, this.#state, opening);
    this.#opened.add(lane);
    const writer = new LoadWriter({
      pool: this.#pool,
      info,
      state: this.#state,
      fence,
      holder: lease.session.id,
      holders: this.#holders,
      layout: this.can.layout,
      targetOf: (schema) => this.#loadTarget(targets, schema),
      gate,
      onlyAdds: lane.startsWith('full/') && targets.every(({ write }) => write === 'overwrite' || write === 'append'),
    });
    // Closed in good order it is nobody's: to open it again is no retry of a lane that was lost.
    const close = async () => {
      await writer.close();
      this.#opened.delete(lane);
    };
    const released = {
      write: writer.write.bind(writer),
      commit: writer.commit.bind(writer),
      abort: writer.abort.bind(writer),
      close,
    };
    return { writer: released, after: fence.position, ended: fence.ended };
  }

  release(lane: LaneId): void {
    this.#opened.delete(lane);
  }

  async finish(target: Target, generation: number, signal: AbortSignal): Promise<void> {
    const { facts } = await this.#known(signal);
    await using lease = await this.#pool.lease('write', signal);
    await this.#full.finish(lease.session, target, generation, facts, signal);
  }

  async setPosition(lane: LaneId, position: Position | undefined, signal: AbortSignal = unending): Promise<void> {
    await this.#makeState(signal);
    await using lease = await this.#pool.lease('write', signal);
    await this.#state.setPosition(lease.session, lane, position);
    this.#opened.delete(lane);
  }

  async reset(stream: StreamName | undefined, signal: AbortSignal): Promise<void> {
    const { facts } = await this.#known(signal);
    await this.#makeState(signal);
    await using lease = await this.#pool.lease('write', signal);
    const rows = await this.#state.forget(lease.session, stream);
    await forgetOrder(lease.session, this.#state, stream);
    this.#opened.clear();
    for (const row of rows) await this.#full.drop(lease.session, row, facts, signal);
    await this.#state.settle(lease.session, stream);
  }

  async forget(signal: AbortSignal): Promise<void> {
    await this.reset(undefined, signal);
    await using lease = await this.#pool.lease('write', signal);
    await this.#state.disown(lease.session);
  }

  async remove(target: Target, generation: number, keys: readonly RowKey[], signal: AbortSignal): Promise<number> {
    const { info } = await this.#known(signal);
    await using lease = await this.#pool.lease('write', signal);
    const { session } = lease;
    const { stream } = target.source;
    return await this.#state.whileCurrent(session, stream, generation, () =>
      removeRows(runOn(session), info.dialect, target, keys),
    );
  }

  comparer(): Comparer {
    return sqlComparer({
      dialect: async (signal) => (await this.#known(signal)).info.dialect,
      view: this.#view,
    });
  }

  grants(databases: readonly string[]): string[] {
    const tables = [...databases.map((namespace) => ({ namespace, name: '' })), this.#state.at];
    return grantStatements(destinationNeeds(this.#dialect, tables, true), { name: this.#pool.config.user, host: '%' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]();
  }

  #known(signal: AbortSignal): Promise<Server> {
    return shared(signal, () => {
      this.#server ??= this.#look(signal).catch((thrown: unknown) => {
        this.#server = undefined;
        throw thrown;
      });
      return this.#server;
    });
  }

  async #look(signal: AbortSignal): Promise<Server> {
    return look(this.#view, signal, async (session) => {
      const info = await serverInfo(session);
      this.#accept(info);
      return { info, facts: await readServerFacts(runOn(session), info.dialect) };
    });
  }

  #makeState(signal: AbortSignal): Promise<void> {
    return shared(signal, () => {
      this.#stateMade ??= this.#createState(signal).catch((thrown: unknown) => {
        this.#stateMade = undefined;
        throw thrown;
      });
      return this.#stateMade;
    });
  }

  async #createState(signal: AbortSignal): Promise<void> {
    await using lease = await this.#pool.lease('write', signal);
    await this.#state.create(lease.session);
  }

  #loadTarget(targets: readonly Target[], schema: StreamSchema): LoadTarget {
    const name = streamText(schema.stream);
    const target = targets.find((one) => streamText(one.source.stream) === name);
    const load = this.#loads.get(name);
    if (target === undefined || load === undefined) {
      throw millraceError('internal.unexpected', `rows of ${name} came, but nothing was planned for them`, {
        at: name,
      });
    }
    const { write, constant } = target;
    return { ...load, write, ...(constant === undefined ? {} : { constant }) };
  }
}

function runOn(session: Session): Run {
  return (sql) => query(session, sql);
}

/** What is done once for all: where the one who began it was stopped, the others begin it again. */
async function shared<T>(signal: AbortSignal, once: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await once();
    } catch (thrown) {
      signal.throwIfAborted();
      if (!isAbort(thrown)) throw thrown;
    }
  }
}

function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError';
}
