/** A stream is a table, file or topic that flows. `namespace` is its database, or '' where there is none. */
export interface StreamName {
  readonly namespace: string;
  readonly name: string;
}

/** How a stream is shown to people and used as a map key: `shop.orders`. Not SQL, not reversible. */
export function streamText(stream: StreamName): string {
  return stream.namespace === '' ? stream.name : `${stream.namespace}.${stream.name}`;
}

/**
 * The logical type of a column: everything that is needed to carry each of its values exactly and to declare it again.
 * `charset` and `collation` are the server's own names; absent: the type has none or the source did not say.
 */
export type ColumnType =
  | { readonly kind: 'boolean' }
  | {
      readonly kind: 'integer';
      readonly bits: 8 | 16 | 24 | 32 | 64 | 128;
      readonly unsigned: boolean;
      /** Display width as written, e.g. 1 for TINYINT(1). */
      readonly width?: number;
      readonly zerofill?: boolean;
    }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number; readonly unsigned: boolean }
  | {
      readonly kind: 'float';
      readonly bits: 32 | 64;
      readonly unsigned: boolean;
      /** FLOAT(p,s) and DOUBLE(p,s), which round. */
      readonly precision?: number;
      readonly scale?: number;
    }
  | {
      readonly kind: 'text';
      /** In characters; absent: without limit. TINYTEXT..LONGTEXT carry `bytes` instead. */
      readonly length?: number;
      readonly bytes?: number;
      readonly fixed?: boolean;
      readonly charset?: string;
      readonly collation?: string;
    }
  | {
      readonly kind: 'bytes';
      /** BINARY(n), VARBINARY(n). TINYBLOB..LONGBLOB carry `bytes` instead. */
      readonly length?: number;
      readonly bytes?: number;
      readonly fixed?: boolean;
    }
  | { readonly kind: 'date' }
  | { readonly kind: 'time' | 'datetime' | 'timestamp'; readonly fsp: number }
  | { readonly kind: 'year' }
  | { readonly kind: 'bit'; readonly width: number }
  | {
      readonly kind: 'enum' | 'set';
      readonly members: readonly string[];
      readonly charset?: string;
      readonly collation?: string;
    }
  | { readonly kind: 'json' }
  | { readonly kind: 'uuid' | 'inet4' | 'inet6' }
  | { readonly kind: 'vector'; readonly dimensions?: number }
  /** A type that millrace does not know. `as` is set where the user asked to take it as text or bytes. */
  | { readonly kind: 'unknown'; readonly as?: 'text' | 'bytes' };

/** A default as the server states it: a value in its text form, or an expression of SQL. */
export type ColumnDefault =
  | { readonly kind: 'value'; readonly text: string }
  | { readonly kind: 'expression'; readonly sql: string };

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** The type as the source writes it, e.g. `bigint(20) unsigned`: for people, and for errors about unknown types. */
  readonly native?: string;
  /** Of texts and bytes whose length the source does not tell: the type holds all. A column of the kind that is there already stays as it is. */
  readonly unsized?: true;
  readonly default?: ColumnDefault;
  /** `ON UPDATE CURRENT_TIMESTAMP(n)`: the expression. */
  readonly onUpdate?: string;
  readonly autoIncrement?: boolean;
  /** TiDB: new ids are random. */
  readonly autoRandom?: boolean;
  /** `SELECT *` leaves it out. */
  readonly invisible?: boolean;
  /** Generated columns are declared but never loaded. */
  readonly generated?: { readonly sql: string; readonly stored: boolean };
  readonly comment?: string;
}

export interface Index {
  readonly name: string;
  readonly unique: boolean;
  readonly kind: 'btree' | 'fulltext' | 'spatial' | 'vector';
  /** Kept up to date, and not used to find rows. */
  readonly invisible?: boolean;
  readonly parts: readonly {
    readonly column?: string;
    readonly sql?: string;
    readonly length?: number;
    readonly descending?: boolean;
  }[];
}

/** The shape of a stream: what a source found, or what it will send. Immutable; two equal shapes may be two objects. */
export interface StreamSchema {
  readonly stream: StreamName;
  readonly columns: readonly Column[];
  /** Names of the primary key's columns in key order (else of a unique key that is NOT NULL); absent: no key. */
  readonly key?: readonly string[];
  /** Every index but the key. */
  readonly indexes?: readonly Index[];
  readonly checks?: readonly { readonly name: string; readonly sql: string }[];
  readonly comment?: string;
  readonly charset?: string;
  readonly collation?: string;
  /** The next AUTO_INCREMENT value, in digits. */
  readonly nextAutoIncrement?: string;
  /** Estimates, for progress and plans only. */
  readonly rows?: number;
  readonly bytes?: number;
}

/** The columns whose values travel: all but the generated ones. Their order is the order of the Avro record's fields. */
export function loadedColumns(schema: StreamSchema): readonly Column[] {
  return schema.columns.filter((column) => column.generated === undefined);
}
