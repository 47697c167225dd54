import { type Comparer, type Identity, matchesStream, type StreamName, type StreamSchema } from '../contract/index.ts';
import { findTable, readCatalog, recordedKeys } from './catalog.ts';
import { duckdbComparer } from './comparer.ts';
import { DuckFile, type FileOptions } from './file.ts';
import { hasOwnTables } from './own-tables.ts';
import type { Relation } from './relation.ts';
import type { Session } from './session.ts';
import type { Shelf } from './source.ts';
import { tableRelation, tableSchema } from './table-relation.ts';

/** Tables and views of a DuckDB file. */
export class DatabaseShelf implements Shelf {
  readonly #file: DuckFile;

  constructor(options: FileOptions) {
    this.#file = new DuckFile(options, 'source');
  }

  get identity(): Identity {
    return `duckdb:${this.#file.path}`;
  }

  session(): Promise<Session> {
    return this.#file.session();
  }

  async discover(session: Session, patterns: readonly string[]): Promise<StreamSchema[]> {
    const keys = await this.#keys(session);
    return (await readCatalog(session))
      .filter(({ name }) => patterns.some((pattern) => matchesStream(pattern, name)))
      .map((table) => tableSchema(table, keys));
  }

  async relation(session: Session, stream: StreamName): Promise<Relation | undefined> {
    const table = await findTable(session, stream);
    return table === undefined
      ? undefined
      : await tableRelation(session, this.#file.path, table, await this.#keys(session));
  }

  comparer(): Comparer {
    return duckdbComparer(this.#file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
  }

  async #keys(session: Session): Promise<ReadonlyMap<string, readonly string[]>> {
    return (await hasOwnTables(session)) ? await recordedKeys(session) : new Map();
  }
}
