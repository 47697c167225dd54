import {
  type Capabilities,
  type Comparer,
  DELETED_AT,
  type Destination,
  type DestinationContext,
  type Finding,
  type Identity,
  type LaneId,
  MillraceError,
  noPositions,
  type OpenLane,
  type Position,
  type Positions,
  type RejectGate,
  type RowKey,
  requireOpen,
  type StreamName,
  streamText,
  type Target,
  type TargetPlan,
} from '../contract/index.ts';
import { canonicalSql } from '../types/index.ts';
import { applyPlan } from './apply.ts';
import { duckdbComparer } from './comparer.ts';
import { DuckFile, type FileOptions } from './file.ts';
import { finishTarget } from './finish.ts';
import { createOwnTables, hasOwnTables } from './own-tables.ts';
import { type DuckPlan, planTarget } from './plan.ts';
import { quoteName, quoteTable, quoteText } from './quote.ts';
import { disown, forgetStreams, openLane, readPositions, readStream, setLane } from './state.ts';

/**
 * Rows into a DuckDB file. Transactions are large: DuckDB stores rows in groups of 122,880, and a transaction that holds less writes
 * them twice. One process a file; lanes commit side by side.
 */
export class DuckDestination implements Destination {
  readonly can: Capabilities = {
    layout: 'text',
    writeModes: ['overwrite', 'append', 'upsert', 'soft_delete'],
    commitBytes: 128 * 1024 * 1024,
    commitRows: 250_000,
    commitSeconds: 30,
    lanes: 4,
    home: 'main',
  };
  readonly #file: DuckFile;
  readonly #context: DestinationContext;

  constructor(options: FileOptions, context: DestinationContext) {
    this.#file = new DuckFile(options, 'destination');
    this.#context = context;
  }

  async identity(): Promise<Identity> {
    return `duckdb:${this.#file.path}`;
  }

  async check(targets: readonly Target[]): Promise<Finding[]> {
    try {
      await using session = await this.#file.session();
      const findings: Finding[] = [
        { severity: 'ok', code: 'connect', side: 'destination', message: `${this.#file.path} can be written` },
      ];
      for (const target of targets) {
        const generation = target.read === 'full' ? 0 : undefined;
        findings.push(...(await planTarget(session, this.#context.pipeline, target, generation)).refused);
      }
      return findings;
    } catch (thrown) {
      if (!(thrown instanceof MillraceError)) throw thrown;
      const { code, message, fix } = thrown;
      return [{ severity: 'error', code, side: 'destination', message, fix, at: this.#file.path }];
    }
  }

  async positions(): Promise<Positions> {
    if (!this.#file.exists()) return noPositions;
    await using session = await this.#file.session();
    return await readPositions(session, this.#context.pipeline);
  }

  async plan(target: Target, generation: number | undefined): Promise<TargetPlan> {
    await using session = await this.#file.session();
    return await planTarget(session, this.#context.pipeline, target, generation);
  }

  async apply(plan: TargetPlan): Promise<void> {
    await this.#file.exclusive((session) => applyPlan(session, this.#context.pipeline, plan as DuckPlan));
  }

  async open(lane: LaneId, targets: readonly Target[], source: Identity, gate: RejectGate): Promise<OpenLane> {
    const owner = { ...this.#owner(), source, streams: targets.map((target) => streamText(target.source.stream)) };
    const opened = await this.#file.exclusive(async (session) => {
      await createOwnTables(session);
      return await session.transaction(() => openLane(session, lane, owner));
    });
    const { epoch, counts, position, ended } = opened;
    const session = await this.#file.session();
    // It loads DuckDB's library: not before there is something to write.
    const { LaneWriter } = await import('./lane-writer.ts');
    const hold = { pipeline: owner.pipeline, pipelineName: owner.pipelineName, lane, epoch, counts };
    return { writer: new LaneWriter(session, hold, targets, gate), after: position, ended };
  }

  async finish(target: Target, generation: number): Promise<void> {
    await this.#file.exclusive((session) => finishTarget(session, this.#context.pipeline, target, generation));
  }

  async setPosition(lane: LaneId, position: Position | undefined): Promise<void> {
    await this.#file.exclusive(async (session) => {
      await createOwnTables(session);
      await session.transaction(() => setLane(session, lane, position, { ...this.#owner(), source: '', streams: [] }));
    });
  }

  async reset(stream: StreamName | undefined): Promise<void> {
    await this.#file.exclusive(async (session) => {
      if (!(await hasOwnTables(session))) return;
      // One that an older version made may lack some.
      await createOwnTables(session);
      await session.transaction(async () => {
        const name = stream === undefined ? undefined : streamText(stream);
        for (const build of await forgetStreams(session, this.#context.pipeline, name)) {
          const [namespace, table] = JSON.parse(build) as [string, string];
          await session.run(`DROP TABLE IF EXISTS ${quoteTable(session.catalog, { namespace, name: table })}`);
        }
      });
    });
  }

  async forget(): Promise<void> {
    await this.reset(undefined);
    await this.#file.exclusive(async (session) => {
      if (await hasOwnTables(session)) await disown(session, this.#context.pipeline);
    });
  }

  async remove(target: Target, generation: number, keys: readonly RowKey[]): Promise<number> {
    if (keys.length === 0) return 0;
    const stream = streamText(target.source.stream);
    return await this.#file.exclusive((session) =>
      session.transaction(async () => {
        requireOpen(stream, generation, await readStream(session, this.#context.pipeline, stream));
        const { sql, values } = removeSql(session.catalog, target, keys);
        return await session.run(sql, values);
      }),
    );
  }

  comparer(): Comparer {
    return duckdbComparer(this.#file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
  }

  #owner() {
    const { pipeline, pipelineName } = this.#context;
    return { pipeline, pipelineName };
  }
}

/** Keys are canonical texts, and compared as such. */
function removeSql(catalog: string, target: Target, keys: readonly RowKey[]): { sql: string; values: string[] } {
  const columns = (target.source.key ?? []).map(
    (name) => target.source.columns.find((column) => column.name === name)!,
  );
  const tuples = keys.map((key) => `(${key.map((text) => (text === null ? 'NULL' : quoteText(text))).join(', ')})`);
  const texts = columns.map(({ name, type }) => canonicalSql(`t.${quoteName(name)}`, type, 'duckdb'));
  const match = texts.map((text, i) => `${text} IS NOT DISTINCT FROM k.k${i}`).join(' AND ');
  const from = `(VALUES ${tuples.join(', ')}) AS k(${columns.map((_, i) => `k${i}`).join(', ')})`;
  const { constant } = target;
  const where = constant === undefined ? match : `${match} AND t.${quoteName(constant.column)} = $1`;
  const values = constant === undefined ? [] : [constant.value];
  const table = quoteTable(catalog, target.table);
  if (target.write !== 'soft_delete') return { sql: `DELETE FROM ${table} AS t USING ${from} WHERE ${where}`, values };
  const mark = quoteName(DELETED_AT);
  return {
    sql: `UPDATE ${table} AS t SET ${mark} = current_localtimestamp() FROM ${from} WHERE ${where} AND t.${mark} IS NULL`,
    values,
  };
}
