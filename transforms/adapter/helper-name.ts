import { createHash } from 'node:crypto';
import type { RelationName } from './relation.ts';

/**
 * Names of what a build of a relation needs beside it, the same in every run, so that the next run finds what a killed one left: in the
 * relation's own schema, since a view cannot move to another. Below 64 characters for relations of any name.
 */
export interface HelperNames {
  /** What is built, until it takes the relation's place; on TiDB afterwards the empty table that stands by. */
  readonly build: RelationName;
  /** Where the old relation is put. */
  readonly retired: RelationName;
  /** Rows of an incremental build before they are merged. */
  readonly staging: RelationName;
  /** Batches that are not made yet. */
  readonly pending: RelationName;
}

export function helperNames(relation: RelationName): HelperNames {
  const hash = hashOf(relation);
  const named = (kind: string): RelationName => ({
    database: relation.database,
    schema: relation.schema,
    identifier: `_millrace_m${kind}_${hash}`,
  });
  return { build: named('b'), retired: named('r'), staging: named('s'), pending: named('p') };
}

/** What one run has for itself: one building of a relation, or all of the batches of a model. */
export type Part = 'model' | 'batches';

/** A lock's name, below the 64 characters that servers take. */
export function lockName(relation: RelationName, part: Part): string {
  return `millrace ${part} ${hashOf(relation)}`;
}

/** Names that one server takes for the same have the same hash. */
function hashOf({ database, schema, identifier }: RelationName): string {
  const text = JSON.stringify([database, schema, identifier]).toLowerCase();
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
