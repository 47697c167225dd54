import { millraceError, type Phase, type StreamName, streamText, type Target } from '../contract/index.ts';
import { buildIndexes } from './index-build.ts';
import type { Run } from './introspect-run.ts';
import { planTarget, type SqlPlan } from './plan.ts';
import { execute, query } from './query.ts';
import type { Session } from './session.ts';
import type { ServerFacts } from './shape-facts.ts';
import type { StateTable, StreamRow } from './state.ts';
import { dropBuild, retire, type SwapOptions, swapIn } from './swap.ts';
import { swapTables } from './swap-name.ts';

/**
 * The global points of a full read at the destination: its beginning and its end. Each step is recorded when it is done, so that a run
 * after a kill goes on with the next: building, ready (indexes built), swapped, done.
 */
export class FullWrite {
  readonly #state: StateTable;

  constructor(state: StateTable) {
    this.#state = state;
  }

  /** The stream's row; undefined where nothing was ever begun, or no state is there. */
  async standing(session: Session, target: Target): Promise<StreamRow | undefined> {
    const { streams } = await this.#state.positions(session);
    const name = streamText(target.source.stream);
    return streams.has(name) ? this.#state.stream(session, target.source.stream) : undefined;
  }

  /** A plan as the read's progress leaves it: after `ready` nothing is built any more, and an append that was cut is not begun twice. */
  adjust(plan: SqlPlan, row: StreamRow | undefined): SqlPlan {
    const { generation, target } = plan.request;
    if (row === undefined || generation === undefined) return plan;
    if (row.generation === generation && (row.phase === 'ready' || row.phase === 'swapped'))
      return { ...plan, actions: [] };
    const cut = row.generation < generation && row.phase !== 'done' && row.generation > 0;
    if (!cut || target.write !== 'append') return plan;
    return { ...plan, refused: [...plan.refused, cutAppend(target, row.generation)] };
  }

  /** Records that the stream's read builds; what an earlier read left unfinished is dropped and forgotten. */
  async begin(session: Session, plan: SqlPlan, facts: ServerFacts, signal: AbortSignal): Promise<void> {
    const { target, generation } = plan.request;
    const { stream } = target.source;
    const row = await this.#state.stream(session, stream);
    if (generation === undefined) {
      if (row === undefined || !sameName(row.table, target.table)) {
        await this.#record(session, target, { generation: row?.generation ?? 0, phase: 'done' });
      }
      return;
    }
    if (row !== undefined && isPast(row, generation)) throw notBegun(target, generation);
    const moved = row !== undefined && !sameName(row.table, target.table);
    if (row?.generation !== generation || moved) {
      if (row !== undefined) await this.drop(session, row, facts, signal);
      await this.#state.beginRead(session, stream, { generation, phase: 'building', table: target.table }, row);
    }
    // Recorded before, and each time: who opens a lane looks at the record behind that. Of the two one sees the other.
    await this.#state.forgetReads(session, stream, moved ? generation + 1 : generation);
  }

  /** Drops what a read built and never swapped in. */
  async drop(session: Session, row: StreamRow, facts: ServerFacts, signal: AbortSignal): Promise<void> {
    if (row.phase === 'done' || row.generation === 0) return;
    const tables = swapTables(facts.dialect, this.#state.pipeline, row.table, row.generation);
    await dropBuild(runOn(session), tables, swapOptions(facts, signal));
  }

  /** The last steps of a full read whose rows are all committed. */
  async finish(
    session: Session,
    target: Target,
    generation: number,
    facts: ServerFacts,
    signal: AbortSignal,
  ): Promise<void> {
    const row = await this.#state.stream(session, target.source.stream);
    if (row?.generation !== generation) throw notBegun(target, generation);
    const tables = swapTables(facts.dialect, this.#state.pipeline, target.table, generation);
    const beside = target.write === 'overwrite';
    const run = runOn(session);
    let { phase } = row;
    const reached = async (next: Phase) => {
      await this.#state.moveStream(session, target.source.stream, { generation, phase }, next);
      phase = next;
    };
    if (phase === 'building') {
      const { pipeline } = this.#state;
      const { load, shape } = await planTarget(run, { facts, target, pipeline, generation, owned: true });
      await buildIndexes(run, facts.dialect, load, shape);
      await reached('ready');
    }
    if (phase === 'ready') {
      if (beside) await swapIn(run, tables, swapOptions(facts, signal));
      await reached('swapped');
    }
    if (phase === 'swapped') {
      if (beside) await retire(run, tables, target.source.comment ?? '', swapOptions(facts, signal));
      await this.#close(session, target, generation);
    }
  }

  /** The read is over: its lanes are forgotten in the same transaction that says so. */
  async #close(session: Session, target: Target, generation: number): Promise<void> {
    await execute(session, 'START TRANSACTION');
    try {
      await this.#state.moveStream(session, target.source.stream, { generation, phase: 'swapped' }, 'done');
      await this.#state.forgetReads(session, target.source.stream, generation + 1);
      await execute(session, 'COMMIT');
    } catch (thrown) {
      if (!session.lost) await execute(session, 'ROLLBACK');
      throw thrown;
    }
  }

  #record(session: Session, target: Target, state: { generation: number; phase: Phase }): Promise<void> {
    return this.#state.setStream(session, target.source.stream, { ...state, table: target.table });
  }
}

/** Another process has finished this full read, or is at a later one. */
function isPast(row: StreamRow, generation: number): boolean {
  return row.generation > generation || (row.generation === generation && row.phase === 'done');
}

function cutAppend(target: Target, generation: number) {
  const at = streamText(target.table);
  return {
    severity: 'error' as const,
    code: 'schema.refused',
    side: 'destination' as const,
    at,
    message: `${at} holds rows of full read ${generation}, which was cut and cannot go on: reading again would append them twice`,
    fix: 'Remove those rows and reset the stream with `millrace position reset`; or choose `write: overwrite`.',
  };
}

function notBegun(target: Target, generation: number) {
  const at = streamText(target.source.stream);
  return millraceError('lane.fenced', `full read ${generation} of ${at} is no longer the one that is being written`, {
    at,
  });
}

function swapOptions(facts: ServerFacts, signal: AbortSignal): SwapOptions {
  return { dialect: facts.dialect, foldsNames: facts.foldsNames, signal };
}

function sameName(a: StreamName, b: StreamName): boolean {
  return a.namespace === b.namespace && a.name === b.name;
}

function runOn(session: Session): Run {
  return (sql) => query(session, sql);
}
