import type { Difference, StreamSchema } from '../../connectors/contract/index.ts';
import {
  introspectTables,
  look,
  type Moment,
  query,
  SqlPool,
  type TableRead,
  type View,
} from '../../connectors/sql/index.ts';
import { project } from '../../connectors/sql/projection.ts';
import { tidbConfig } from '../../connectors/tidb/config.ts';
import { diffTable } from '../../connectors/tidb/diff-table.ts';
import { type HistorySizes, historyDifferences } from '../../connectors/tidb/history-diff.ts';
import { keptView } from '../../connectors/tidb/kept-view.ts';
import type { Bound } from '../../connectors/tidb/key-span.ts';
import { ScanMeter, TableCost } from '../../connectors/tidb/scan-meter.ts';
import { SnapshotReading } from '../../connectors/tidb/snapshot-reading.ts';
import { never, type TestDatabase } from '../pipeline.ts';

/** Small enough that some hundred rows are cut more than once. */
export const smallSizes: HistorySizes = { partRows: 40, windowParts: 3, leafRows: 4, fanOut: 5 };

/** A table of a test at two moments. */
export class TableHistory implements AsyncDisposable {
  readonly #database: TestDatabase;
  readonly #pool: SqlPool;
  readonly #reading: SnapshotReading;

  constructor(database: TestDatabase) {
    const { hostname, port } = new URL(database.url);
    const config = tidbConfig.parse({ type: 'tidb', host: hostname, port: Number(port), user: 'root' });
    this.#database = database;
    this.#pool = new SqlPool(config, { side: 'source', emit: () => undefined });
    this.#reading = new SnapshotReading(this.#pool);
  }

  /** The moment after all that was committed. */
  async moment(): Promise<Moment> {
    await this.#database.run('BEGIN');
    const tso = await this.#database.single('SELECT @@tidb_current_ts');
    await this.#database.run('COMMIT');
    const moment = await this.#reading.enter(tso!, never);
    return { ...moment, view: keptView(moment.view) };
  }

  /** What is found between two moments, with where each stretch ends. */
  async *differences(
    table: string,
    old: Moment,
    now: Moment,
    from?: Bound,
    sizes: HistorySizes = smallSizes,
  ): AsyncGenerator<{ found: readonly Difference[]; upTo?: Bound; cost: TableCost }> {
    const schema = await this.#schema(table);
    const request = { stream: schema.stream, mode: 'cdc' } as const;
    const projection = project(schema, request, 'tidb');
    const key = await this.#reading.pageKey(schema, never);
    const read: Omit<TableRead, 'view'> = {
      ...{ table: schema.stream, projection, dialect: 'tidb', layout: 'text', maxRowBytes: 1 << 20, key, once: false },
    };
    const of = diffTable({
      change: { request, table: schema, schema: projection.schema },
      read,
      stream: table,
      fingerprint: '',
    });
    const cost = new TableCost(new ScanMeter(), 100);
    const history = { of, old: old.view, now: now.view, rows: 0, parallel: 2, cost, sizes };
    for await (const one of historyDifferences(history, from, never)) yield { ...one, cost };
  }

  /** The same by reading both whole. */
  async bruteForce(table: string, old: Moment, now: Moment): Promise<string[]> {
    const { key = [], stream, columns } = await this.#schema(table);
    const text = (name: string) => {
      const isBytes = columns.find((column) => column.name === name)?.type.kind === 'bytes';
      return isBytes ? `HEX(\`${name}\`)` : `CAST(\`${name}\` AS CHAR)`;
    };
    const names = [...key, ...columns.map(({ name }) => name)].map(text).join(', ');
    const rows = async (view: View) => {
      const all = await look(view, never, (session) =>
        query(session, `SELECT ${names} FROM \`${stream.namespace}\`.\`${table}\``),
      );
      return new Map(
        all.map((row) => [row.slice(0, key.length).map(String).join('|'), JSON.stringify(row.map(String))]),
      );
    };
    const [before, after] = [await rows(old.view), await rows(now.view)];
    const kind = (id: string) => (!before.has(id) ? 'only-source' : !after.has(id) ? 'only-destination' : 'different');
    return [...new Set([...before.keys(), ...after.keys()])]
      .filter((id) => before.get(id) !== after.get(id))
      .map((id) => `${kind(id)} ${id}`)
      .sort();
  }

  async #schema(table: string): Promise<StreamSchema> {
    const stream = { namespace: this.#database.name, name: table };
    const view = (signal: AbortSignal) => this.#pool.lease('read', signal);
    const found = await look(view, never, (session) =>
      introspectTables((sql) => query(session, sql), 'tidb', [stream]),
    );
    return found[0]!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reading[Symbol.asyncDispose]();
    await this.#pool[Symbol.asyncDispose]();
  }
}

export function differenceText({ kind, key }: Difference): string {
  return `${kind} ${key.join('|')}`;
}
