import { createHash } from 'node:crypto';
import { ddlText } from '../../connectors/sql/ddl-text.ts';
import type { AdapterType, ResultColumn } from '../adapter/adapter.ts';
import { type NameRules, nameRules, type RelationName, relationKey, renderRelation } from '../adapter/relation.ts';
import type { Build, IndexConfig } from './build.ts';
import { storageDdl } from './storage-type.ts';

type ServerType = Exclude<AdapterType, 'duckdb'>;

/** Characters of a text that has no declared length which an index holds; of several columns each holds fewer. */
const PREFIX = 191;
/** Bytes of an index's entry on MySQL and TiDB. */
const INDEX_CHARACTERS = 768;

export interface TableShape {
  readonly columns: readonly ResultColumn[];
  readonly build: Build;
  readonly dialect: ServerType;
  readonly indexes: readonly IndexConfig[];
  /** Types of the columns by their names in lower case. */
  readonly types: ReadonlyMap<string, string>;
}

/**
 * CREATE TABLE on MySQL's family: the contract's columns, or those of the query. Text is compared byte by byte, whatever the server's default.
 * On TiDB with its indexes, as each that is added later takes seconds there.
 */
export function createTable(table: RelationName, shape: TableShape): string {
  const { columns, build, dialect } = shape;
  const rules = nameRules(dialect);
  const comment = build.comment === undefined ? '' : ` COMMENT=${ddlText(build.comment)}`;
  const lines = build.contract === undefined ? queryColumns(columns, build, dialect) : contractColumns(build, rules);
  const indexes = dialect === 'tidb' ? indexClauses(table, shape) : [];
  const body = [...lines, ...indexes].join(',\n  ');
  return `CREATE TABLE ${renderRelation(table, rules)} (\n  ${body}\n) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin${comment}`;
}

function queryColumns(columns: readonly ResultColumn[], build: Build, dialect: ServerType): string[] {
  const types = storageDdl(columns, dialect);
  const rules = nameRules(dialect);
  return columns.map(({ name }, at) => `${rules.quote(name)} ${types[at]} NULL${commentClause(build, name)}`);
}

function contractColumns({ contract, ...build }: Build, rules: NameRules): string[] {
  const { columns = [], constraints = [] } = contract ?? {};
  const lines = columns.map(({ name, dataType, notNull, constraints: more }) =>
    [rules.quote(name), dataType, ...(notNull ? ['NOT NULL'] : []), ...more]
      .join(' ')
      .concat(commentClause(build, name)),
  );
  return [...lines, ...constraints];
}

function commentClause({ columnComments }: Pick<Build, 'columnComments'>, name: string): string {
  const comment = columnComments?.get(name);
  return comment === undefined ? '' : ` COMMENT ${ddlText(comment)}`;
}

/** ALTER TABLE that adds all indexes in one scan; undefined for none, and on TiDB, whose tables have them from the start. */
export function addIndexes(table: RelationName, shape: TableShape): string | undefined {
  if (shape.indexes.length === 0 || shape.dialect === 'tidb') return undefined;
  const clauses = indexClauses(table, shape).map((clause) => `ADD ${clause}`);
  return `ALTER TABLE ${renderRelation(table, nameRules(shape.dialect))} ${clauses.join(', ')}`;
}

function indexClauses(table: RelationName, { indexes, types, dialect }: TableShape): string[] {
  const rules = nameRules(dialect);
  return indexes.map((index) => {
    const parts = indexParts(index.columns, types, rules).join(', ');
    return `${index.unique ? 'UNIQUE ' : ''}INDEX ${rules.quote(indexName(table, index))} (${parts})`;
  });
}

/** The columns of an index; of TEXT and BLOB their beginning. */
function indexParts(columns: readonly string[], types: ReadonlyMap<string, string>, rules: NameRules): string[] {
  const share = Math.min(PREFIX, Math.floor(INDEX_CHARACTERS / columns.length));
  return columns.map((name) => {
    const type = types.get(name.toLowerCase()) ?? '';
    const [, length] = /^var(?:char|binary)\((\d+)\)/.exec(type) ?? [];
    const long = /(text|blob)\b/.test(type) || Number(length ?? 0) > share * 2;
    return long ? `${rules.quote(name)}(${share})` : rules.quote(name);
  });
}

/** Of its columns, so that the same index has the same name in every build; unlike any other relation's, as DuckDB wants. */
export function indexName(table: RelationName, { columns, unique }: IndexConfig): string {
  const text = JSON.stringify([relationKey(table), columns, unique]);
  return `mr_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
}
