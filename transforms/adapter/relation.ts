/** Kinds of relations, by the names that dbt's templates compare with. */
export type RelationType = 'table' | 'view';

/** A schema: a database of MySQL's family, or a schema of a DuckDB catalog. */
export interface SchemaName {
  /** DuckDB's catalog; null on MySQL's family, whose databases are what dbt calls schemas. */
  readonly database: string | null;
  readonly schema: string;
}

export interface RelationName extends SchemaName {
  readonly identifier: string;
}

/** A table or view that is there. */
export interface Relation extends RelationName {
  readonly type: RelationType;
}

/** How names are written: everything that quotes an identifier goes through one of these. */
export interface NameRules {
  readonly quoteCharacter: '`' | '"';
  /** The most characters that a name may have. */
  readonly longest: number;
  quote(name: string): string;
}

const backticks: NameRules = {
  quoteCharacter: '`',
  longest: 64,
  quote: (name) => `\`${name.replaceAll('`', '``')}\``,
};

const doubleQuotes: NameRules = {
  quoteCharacter: '"',
  longest: 255,
  quote: (name) => `"${name.replaceAll('"', '""')}"`,
};

/** Names of MySQL's family are quoted so that every `sql_mode` reads them alike. */
export function nameRules(type: 'tidb' | 'mysql' | 'mariadb' | 'duckdb'): NameRules {
  return type === 'duckdb' ? doubleQuotes : backticks;
}

/** A relation's full name as SQL. */
export function renderRelation({ database, schema, identifier }: RelationName, rules: NameRules): string {
  return [database, schema, identifier]
    .filter((part) => part !== null)
    .map((part) => rules.quote(part))
    .join('.');
}

export function renderSchema({ database, schema }: SchemaName, rules: NameRules): string {
  return [database, schema]
    .filter((part) => part !== null)
    .map((part) => rules.quote(part))
    .join('.');
}

/** For people: `shop.orders`. Not SQL. */
export function relationText({ database, schema, identifier }: RelationName): string {
  return [database, schema, identifier].filter((part) => part !== null).join('.');
}

/** Equal for names that are one relation to dbt, which compares them without case. */
export function relationKey(name: RelationName): string {
  return JSON.stringify([name.database ?? '', name.schema, name.identifier]).toLowerCase();
}

export function schemaKey({ database, schema }: SchemaName): string {
  return JSON.stringify([database ?? '', schema]).toLowerCase();
}
