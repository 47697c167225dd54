import type { ColumnType } from '../../connectors/contract/index.ts';
import type { Value } from '../jinja/index.ts';
import type { Part } from './helper-name.ts';
import type { NameRules, Relation, RelationName, SchemaName } from './relation.ts';

/** The databases that models run in. Profiles' `mysql5` is `mysql`; a server says itself which of the first three it is. */
export type AdapterType = 'tidb' | 'mysql' | 'mariadb' | 'duckdb';

/** A column of a table, a view or a result. */
export interface ResultColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** The type as the database's DDL writes it, in lower case: `varchar(20)`, `decimal(10,2)`, `bigint unsigned`. */
  readonly dataType: string;
  /** The same without its arguments: dbt's `dtype`. */
  readonly dtype: string;
  readonly nullable: boolean;
}

/**
 * Rows of a query, as values of templates. Exact: an integer that is not safe is a bigint, DECIMAL a `PyDecimal`, FLOAT and DOUBLE a
 * `PyFloat`, DATE a `PyDate`, DATETIME and TIMESTAMP a `PyDateTime`, TIME a `TimeDelta` (`PyTime` on DuckDB), bytes a `Bytes`; a date that the
 * calendar does not have (a zero date) is its text.
 */
export interface ResultTable {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly Value[])[];
  /** More rows were there than the limit. */
  readonly cut: boolean;
}

export interface ExecuteOptions {
  /** Whether rows are wanted. Without it a result is read and let go of. */
  readonly fetch?: boolean;
  /** Rows that are kept at most; the others are read and let go of. */
  readonly limit?: number;
}

/** What a statement did. `code` and `rowsAffected` are dbt's `adapter_response`. */
export interface Outcome {
  /** `SELECT`, `INSERT`, `CREATE TABLE` ...: the statement's first word, or two. */
  readonly code: string;
  /** Rows changed, or rows of the result. */
  readonly rowsAffected: number;
  /** Where rows were asked for and the statement gives some. */
  readonly table?: ResultTable;
}

/** A comment that goes with statements, without the marks of one. */
export interface Remark {
  readonly text: string;
  /** Behind the statement, not before it. */
  readonly append: boolean;
}

/**
 * One connection in the hands of one node; handed back by `await using`. Statements run one after another. All throw `MillraceError`:
 * `database.*`, `connect.*` and `row.*` of the database, `model.lossy` where the database warned that it cut a value.
 */
export interface AdapterSession extends AsyncDisposable {
  readonly adapter: Adapter;
  /**
   * Runs one statement as it stands. A warning that a value was truncated, rounded or taken for another is an error (invariant 2).
   * @throws MillraceError `model.lossy`
   */
  execute(sql: string, options?: ExecuteOptions): Promise<Outcome>;
  /**
   * Fills a table that nobody reads yet with what a query gives, in transactions of a size that the service takes: what was in the table goes.
   * DuckDB, which knows no such limit, takes all at once. `columns` are those of the query.
   * @throws MillraceError as `execute`, and `row.*` for a row that the table does not take
   */
  fill(table: RelationName, columns: readonly ResultColumn[], sql: string): Promise<Outcome>;
  /** The `sql_mode` of the statements to come, until it is set again; DuckDB has none. Undefined: the session's own. */
  setModes(modes: string | undefined): void;
  /** What goes with every statement to come, but for those by which the catalogue is asked. */
  remark(remark: Remark | undefined): void;
  begin(): Promise<void>;
  commit(): Promise<void>;
  /** Ends what is open without keeping it. Never throws. */
  rollback(): Promise<void>;

  /** Schemas of the connection, without those of the server itself. */
  schemas(): Promise<string[]>;
  createSchema(schema: SchemaName): Promise<void>;
  /** With everything in it. */
  dropSchema(schema: SchemaName): Promise<void>;
  /** What is there, without millrace's own tables. Through the adapter's cache. */
  relations(schema: SchemaName): Promise<readonly Relation[]>;
  /** The relation as it is called and typed in the database; undefined: there is none. Through the adapter's cache. */
  relation(name: RelationName): Promise<Relation | undefined>;
  /** Columns in their order, empty where there is no such relation. Of views by their query: TiDB's catalogue has other types. */
  columns(name: RelationName): Promise<ResultColumn[]>;
  /** Columns of what a query gives, with the types that its values have. Runs nothing. */
  columnsOf(sql: string): Promise<ResultColumn[]>;
  /** Of relations in a schema, for catalogs; from the database's own catalogue. */
  facts(schema: SchemaName): Promise<RelationFacts[]>;

  /** What stands under names of one schema, asked anew: millrace's own tables too. In their order. */
  standing(names: readonly RelationName[]): Promise<(Relation | undefined)[]>;
  /** Tells the cache what stands there by a statement that was executed as text; undefined: nothing does. */
  noted(name: RelationName, type: Relation['type'] | undefined): Promise<void>;
  /**
   * Runs `work` while no other build of that relation runs, in this process or another; waited for a while, people are told whom for.
   * @param part absent: `model`
   * @throws MillraceError `database.conflict` where one does
   */
  alone<T>(name: RelationName, work: () => Promise<T>, part?: Part): Promise<T>;
  /** @throws MillraceError `database.conflict` where the lock of `alone` on the relation was lost meanwhile */
  stillAlone(name: RelationName): Promise<void>;

  /** Foreign keys of other tables to this one, and its triggers, for people: what a RENAME leaves with the old table. None on DuckDB. */
  hanging(table: RelationName): Promise<string[]>;

  dropRelation(relation: Relation): Promise<void>;
  /** Both in one schema; the new name must be free. */
  renameRelation(relation: Relation, to: RelationName): Promise<void>;
  truncateRelation(name: RelationName): Promise<void>;
}

/** What the database's catalogue says of a relation. Numbers are estimates. */
export interface RelationFacts {
  readonly relation: Relation;
  readonly comment: string | null;
  readonly owner: string | null;
  readonly rows: number | null;
  readonly bytes: number | null;
  readonly columns: readonly (ResultColumn & { readonly comment: string | null })[];
}

/** A target of a profile: connections to one database, opened when asked for, and what is known of its relations. */
export interface Adapter extends AsyncDisposable {
  readonly type: AdapterType;
  readonly names: NameRules;
  /** The catalog that relations of this target are in: DuckDB's; null elsewhere. */
  readonly database: string | null;
  /** Where the profile says that models go. */
  readonly schema: string;
  /** As the database writes it, e.g. `8.0.11-TiDB-v8.5.0`. */
  readonly version: string;
  /** Waits where all connections are in use. */
  session(signal: AbortSignal): Promise<AdapterSession>;
  /** Forgets what is known of relations: something else may have changed them. */
  forget(schema?: SchemaName): void;
  /** Seconds so far in which a connection was open: what keeps a serverless cluster awake. */
  readonly awakeSeconds: number;
}

/** What an adapter is opened by: the keys of dbt-mysql, dbt-tidb or dbt-duckdb, rendered. */
export interface TargetFields {
  readonly type: 'tidb' | 'mysql' | 'mysql5' | 'mariadb' | 'duckdb';
  readonly schema: string;
  readonly threads: number;
  readonly fields: ReadonlyMap<unknown, unknown>;
  /** The file of the profile, for messages. */
  readonly path: string;
}
