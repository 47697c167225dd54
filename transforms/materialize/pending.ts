import type { AdapterSession } from '../adapter/adapter.ts';
import { helperNames } from '../adapter/helper-name.ts';
import { nameRules, type RelationName, renderRelation } from '../adapter/relation.ts';
import { textOf } from '../jinja/value/text.ts';
import { momentOf, momentText, type Span } from '../microbatch/span.ts';

/**
 * The batches of a long build that are not done, kept in a table beside the relation: whoever runs next goes on with them, also where the run
 * was killed. A batch is taken off after its commit; made twice it is the same.
 */
export class PendingBatches {
  readonly #session: AdapterSession;
  readonly #name: RelationName;
  readonly #table: string;

  constructor(session: AdapterSession, relation: RelationName) {
    this.#session = session;
    this.#name = helperNames(relation).pending;
    this.#table = renderRelation(this.#name, nameRules(session.adapter.type));
  }

  /** In the order of time. An empty table is what a run left that was killed just before or after its batches: it goes. */
  async read(): Promise<Span[]> {
    const [table] = await this.#session.standing([this.#name]);
    if (table === undefined) return [];
    this.#session.setModes(undefined);
    const { table: found } = await this.#session.execute(`SELECT begins, ends FROM ${this.#table} ORDER BY begins`, {
      fetch: true,
    });
    const rows = found?.rows ?? [];
    if (rows.length === 0) await this.clear();
    return rows.map(([start, end]) => ({ start: momentOf(textOf(start!))!, end: momentOf(textOf(end!))! }));
  }

  /** Keeps these, and none that were kept before: those stay where this is not done to its end. */
  async replace(batches: readonly Span[]): Promise<void> {
    this.#session.setModes(undefined);
    const columns = 'begins VARCHAR(40) NOT NULL, ends VARCHAR(40) NOT NULL';
    await this.#session.execute(`CREATE TABLE IF NOT EXISTS ${this.#table} (${columns})`);
    await this.#session.begin();
    try {
      await this.#session.execute(`DELETE FROM ${this.#table}`);
      if (batches.length > 0) await this.#session.execute(`INSERT INTO ${this.#table} VALUES ${rowsOf(batches)}`);
      await this.#session.commit();
    } catch (thrown) {
      await this.#session.rollback();
      throw thrown;
    }
  }

  async done({ start }: Span): Promise<void> {
    this.#session.setModes(undefined);
    await this.#session.execute(`DELETE FROM ${this.#table} WHERE begins = '${momentText(start)}'`);
  }

  async clear(): Promise<void> {
    this.#session.setModes(undefined);
    await this.#session.execute(`DROP TABLE IF EXISTS ${this.#table}`);
  }
}

function rowsOf(batches: readonly Span[]): string {
  return batches.map(({ start, end }) => `('${momentText(start)}', '${momentText(end)}')`).join(', ');
}
