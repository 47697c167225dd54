import { asMillraceError, type ErrorEnvelope } from '../../connectors/contract/index.ts';
import type { AdapterSession } from '../adapter/adapter.ts';
import { type Built, buildIncremental } from '../materialize/index.ts';
import { PendingBatches } from '../materialize/pending.ts';
import { type MicrobatchConfig, microbatchConfig, planBatches } from '../microbatch/plan.ts';
import { batchName, momentSql, type Span } from '../microbatch/span.ts';
import { ConfigReader } from './config-read.ts';
import { buildOf, incrementalOf, relationOf } from './model-build.ts';
import { refuseUnserved } from './model-node.ts';
import { blamed, type Compiled, type Executed, type NodeSteps } from './node-run.ts';
import { type NodeWork, relationIn, runHooks, sentOf } from './node-work.ts';
import type { BatchResults } from './result.ts';

export function isMicrobatch(config: ConfigReader): boolean {
  return config.text('materialized') === 'incremental' && config.text('incremental_strategy') === 'microbatch';
}

/** An incremental model that is made batch by batch: each replaces the rows of its span of time, and one that fails keeps no other back. */
export function microbatchNode(work: NodeWork): NodeSteps<Compiled> {
  return {
    compile: async () => {
      refuseUnserved(work);
      return relationIn(work.node);
    },
    execute: () => new Microbatches(work).run(),
  };
}

/** The batches of one run, and how they are made. */
interface BatchPlan {
  readonly batches: readonly Span[];
  /** The first one adds to a table that is there. */
  readonly incremental: boolean;
  /** They are more than the next run would make by itself. */
  readonly long: boolean;
}

class Microbatches {
  readonly #work: NodeWork;
  readonly #config: MicrobatchConfig;

  /** @throws MillraceError `model.invalid` */
  constructor(work: NodeWork) {
    this.#work = work;
    this.#config = microbatchConfig(work.node);
  }

  /** Two runs at once would each take the other's batches for those that a killed one has left. */
  async run(): Promise<Executed> {
    const { node, adapter } = this.#work;
    const session = await this.#work.session();
    const relation = relationOf(node, adapter.database);
    return await session.alone(relation, () => this.#alone(session, new PendingBatches(session, relation)), 'batches');
  }

  async #alone(session: AdapterSession, pending: PendingBatches): Promise<Executed> {
    const { node } = this.#work;
    const plan = await this.#plan(session, pending);
    if (plan.long) await pending.replace(plan.batches);
    const done: Span[] = [];
    const failed: Span[] = [];
    let rows = 0;
    let error: ErrorEnvelope | undefined;
    for (const [index, batch] of plan.batches.entries()) {
      // Without a first batch there may be no table: the others wait for another run.
      if (this.#work.signal.aborted || (index > 0 && done.length === 0)) {
        failed.push(batch);
        continue;
      }
      try {
        const built = await this.#batch(batch, index, plan);
        if (plan.long) await pending.done(batch);
        rows += built.rowsAffected;
        done.push(batch);
        this.#tell(batch, index, plan, `${built.rowsAffected} rows`);
      } catch (thrown) {
        const name = batchName(batch, this.#config.size);
        error ??= this.#failure(thrown, name);
        failed.push(batch);
        this.#tell(batch, index, plan, asMillraceError(thrown).message);
      }
    }
    if (plan.long && failed.length === 0) await pending.clear();
    const result = resultOf({ successful: done, failed }, error, rows);
    const before = this.#work.batching.previous.get(node.unique_id)?.successful ?? [];
    return { ...result, batches: { successful: [...done, ...before], failed }, ...relationIn(node) };
  }

  async #plan(session: AdapterSession, pending: PendingBatches): Promise<BatchPlan> {
    const { node, adapter, fullRefresh, batching } = this.#work;
    const [standing] = await session.standing([relationOf(node, adapter.database)]);
    const isThere = standing?.type === 'table';
    const again = batching.previous.get(node.unique_id);
    if (again !== undefined && isThere) return { batches: again.failed, incremental: true, long: true };
    const asked = batching.asked;
    const incremental = isThere && !(new ConfigReader(node).flag('full_refresh') ?? fullRefresh);
    const request = { incremental, now: batching.now, ...(asked === undefined ? {} : { asked }) };
    const planned = planBatches(this.#config, request);
    const left = incremental ? await pending.read() : [];
    const starts = new Set(planned.map(({ start }) => start.getTime()));
    const batches = [...planned, ...left.filter(({ start }) => !starts.has(start.getTime()))];
    batches.sort((one, other) => one.start.getTime() - other.start.getTime());
    return { batches, incremental, long: !incremental || asked !== undefined || left.length > 0 };
  }

  /** Hooks stand before the first batch and behind the last one. */
  async #batch(batch: Span, index: number, { batches, incremental }: BatchPlan): Promise<Built> {
    const adds = incremental || index > 0;
    const work = this.#work;
    const { node, adapter, signal } = work;
    const sql = await this.#compiled(batch);
    if (index === 0) await runHooks(work, 'pre-hook');
    const { eventTime } = this.#config;
    const isDuckdb = adapter.type === 'duckdb';
    const strategy = {
      kind: 'microbatch',
      eventTime,
      from: momentSql(batch.start, isDuckdb),
      to: momentSql(batch.end, isDuckdb),
    } as const;
    const build = buildOf(node, relationOf(node, adapter.database), sentOf(work, sql));
    const whole = { ...incrementalOf(node, build, { fullRefresh: !adds, strategy }), fullRefresh: !adds };
    const built = await buildIncremental(await work.session(), whole, { signal });
    if (index === batches.length - 1) await runHooks(work, 'post-hook');
    return built;
  }

  /** The query of a batch, with its file. */
  async #compiled(batch: Span): Promise<string> {
    const { node, compilation, session, keepCompiled } = this.#work;
    const name = batchName(batch, this.#config.size);
    const { code } = await compilation.once({ node, database: session, batch: { ...batch, name } });
    const file = (path: string) =>
      path.replace(/([^/]*)\.sql$/, (whole, stem) => `${whole.slice(0, -4)}/${stem}_${name}.sql`);
    await keepCompiled({ ...node, path: file(node.path), original_file_path: file(node.original_file_path) }, code);
    return code;
  }

  #failure(thrown: unknown, name: string): ErrorEnvelope {
    const { node, compiledFile } = this.#work;
    const error = blamed(asMillraceError(thrown), compiledFile(node) ?? node.original_file_path, true);
    return { ...error.envelope(), message: `batch ${name}: ${error.message}` };
  }

  #tell(batch: Span, index: number, { batches }: BatchPlan, what: string): void {
    if (batches.length === 1) return;
    const { compilation, node } = this.#work;
    const place = `batch ${index + 1} of ${batches.length} of ${node.name}`;
    compilation.session.facts.tell('info', `${place}: ${batchName(batch, this.#config.size)}, ${what}`);
  }
}

/** In dbt's words. What went well stays: `retry` makes the others alone. */
function resultOf(batches: BatchResults, error: ErrorEnvelope | undefined, rows: number): Executed {
  const [good, bad] = [batches.successful.length, batches.failed.length];
  const response = { _message: `INSERT ${rows}`, code: 'INSERT', rows_affected: rows };
  const common = { response, batches, ...(error === undefined ? {} : { error }) };
  if (bad === 0) return { ...common, status: 'success', message: 'SUCCESS' };
  if (good === 0) return { ...common, status: 'error', message: error?.message ?? 'ERROR' };
  return { ...common, status: 'partial success', message: `PARTIAL SUCCESS (${good}/${good + bad})` };
}
