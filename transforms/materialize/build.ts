import type { RelationName } from '../adapter/relation.ts';

/** An index of a built table, as `indexes` of a model says it. */
export interface IndexConfig {
  readonly columns: readonly string[];
  readonly unique: boolean;
}

/** A column as an enforced contract declares it. */
export interface ContractColumn {
  readonly name: string;
  /** The type as DDL, e.g. `decimal(10,2)`. */
  readonly dataType: string;
  readonly notNull: boolean;
  /** Further clauses of the column, e.g. `check (amount > 0)`. */
  readonly constraints: readonly string[];
}

export interface Contract {
  readonly columns: readonly ContractColumn[];
  /** Clauses of the table, e.g. `primary key (a, b)`. */
  readonly constraints: readonly string[];
}

/** How a table gets its rows: by one statement, in transactions through this process, or by the second where the first is too large. */
export type FillBy = 'auto' | 'statement' | 'stream';

/** What is built, by any materialization: the query as it is sent, and where its rows go. */
export interface Build {
  readonly relation: RelationName;
  /** One SELECT, without a semicolon at its end. */
  readonly sql: string;
  /** The `sql_mode` that the text of the query needs; undefined: the session's own. */
  readonly modes?: string;
  /** Descriptions that are kept in the database. */
  readonly comment?: string;
  readonly columnComments?: ReadonlyMap<string, string>;
  readonly indexes?: readonly IndexConfig[];
  readonly contract?: Contract;
  /** Of tables that are built anew; absent: `auto`. */
  readonly fill?: FillBy;
}

export type SchemaChange = 'ignore' | 'fail' | 'append_new_columns' | 'sync_all_columns';

/** How new rows of an incremental model meet the old ones. */
export type Strategy =
  | { readonly kind: 'append' }
  | { readonly kind: 'delete+insert'; readonly key: readonly string[] }
  | {
      readonly kind: 'merge';
      readonly key: readonly string[];
      /** Columns that a row that is there already takes over; undefined: all but the excluded ones. */
      readonly update?: readonly string[];
      readonly exclude?: readonly string[];
    }
  | {
      /** Rows of a span of time are replaced. */
      readonly kind: 'microbatch';
      readonly eventTime: string;
      /** As SQL literals of timestamps; the end is not of the span. */
      readonly from: string;
      readonly to: string;
    };

export interface IncrementalBuild extends Build {
  readonly strategy: Strategy;
  readonly onSchemaChange: SchemaChange;
  readonly fullRefresh: boolean;
  /** Conditions that limit the old rows that are looked at; they may call them `DBT_INTERNAL_DEST`. */
  readonly predicates?: readonly string[];
}

/** A column of a snapshot's query that something is told by. */
export interface SnapshotColumn {
  readonly name: string;
  /** It is an expression that the query gives beside the columns of the source: no column of the snapshot. */
  readonly computed: boolean;
}

/** The names of what a snapshot keeps beside the columns of its query. */
export interface SnapshotNames {
  readonly scdId: string;
  readonly updatedAt: string;
  readonly validFrom: string;
  readonly validTo: string;
  readonly isDeleted: string;
}

export interface SnapshotBuild extends Build {
  readonly key: readonly SnapshotColumn[];
  /** When a row got its values; undefined: when the snapshot saw them. */
  readonly updatedAt?: SnapshotColumn;
  /** What makes a row another: a later `updatedAt`, or other values in these columns of the query. */
  readonly changedBy: 'time' | 'all' | readonly string[];
  readonly hardDeletes: 'ignore' | 'invalidate' | 'new_record';
  readonly names: SnapshotNames;
  /** A query of the snapshot's rows with the computed columns of the key; undefined where none is computed. */
  readonly kept?: string;
  /** A query of one value, which stands for the end of a row that holds; undefined: NULL does. */
  readonly openEnd?: string;
}

/** What a materialization did. */
export interface Built {
  /** The first word or two of what filled the relation: `INSERT`, `CREATE VIEW`. */
  readonly code: string;
  readonly rowsAffected: number;
}

export interface BuildEvents {
  /** Before each step; the fault tests stop here. */
  readonly onStep?: (name: string) => void | Promise<void>;
}
