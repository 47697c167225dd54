import type { Index, StreamName } from '../contract/index.ts';
import type { Dialect } from '../types/index.ts';
import { quoteName, quoteTable } from './quote.ts';

const kinds = { btree: 'INDEX', fulltext: 'FULLTEXT INDEX', spatial: 'SPATIAL INDEX', vector: 'VECTOR INDEX' } as const;

/** An index's clause in ALTER TABLE: `` UNIQUE INDEX `name` (`a`(10), `b` DESC) ``. */
export function indexSql(index: Index, dialect: Dialect): string {
  const kind = index.unique ? 'UNIQUE INDEX' : kinds[index.kind];
  const unused = dialect === 'mariadb' ? ' IGNORED' : ' /*!80000 INVISIBLE */';
  return `${kind} ${quoteName(index.name)} (${index.parts.map(partSql).join(', ')})${index.invisible ? unused : ''}`;
}

/** Statements that build the indexes: one for all plain ones, which share one scan, and one for each of the others. None for no index. */
export function addIndexesSql(table: StreamName, indexes: readonly Index[], dialect: Dialect): string[] {
  const plain = indexes.filter((index) => index.kind === 'btree');
  const others = indexes.filter((index) => index.kind !== 'btree');
  return [...(plain.length === 0 ? [] : [plain]), ...others.map((index) => [index])].map(
    (group) => `ALTER TABLE ${quoteTable(table)} ${group.map((index) => `ADD ${indexSql(index, dialect)}`).join(', ')}`,
  );
}

/** What an index is apart from its name: two with equal text serve the same. */
export function indexMeaning(index: Index): string {
  const parts = index.parts.map((part) => [
    part.column?.toLowerCase(),
    part.sql?.replace(/[\s()]/g, ''),
    part.length,
    part.descending,
  ]);
  return JSON.stringify([index.unique, index.kind, parts]);
}

function partSql(part: Index['parts'][number]): string {
  const what = part.column === undefined ? `(${part.sql})` : quoteName(part.column);
  const length = part.length === undefined ? '' : `(${part.length})`;
  return `${what}${length}${part.descending ? ' DESC' : ''}`;
}
