import type { AdapterType, ResultColumn } from '../adapter/adapter.ts';
import type { SnapshotBuild } from './build.ts';
import type { SnapshotTime } from './snapshot-time.ts';

/** One round of a snapshot. */
export interface SnapshotPlan {
  readonly build: SnapshotBuild;
  readonly query: readonly ResultColumn[];
  /** Columns of the history as it stands; undefined: there is none yet. */
  readonly table: readonly ResultColumn[] | undefined;
  readonly dialect: AdapterType;
  /** The table with the rows of the query, as SQL. */
  readonly staging: string;
  readonly time: SnapshotTime;
}

export function columnIn(columns: readonly ResultColumn[], name: string): ResultColumn | undefined {
  return columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
}

/** Columns of the source: those of the query without what is computed beside them. */
export function sourceColumns({ build, query }: Pick<SnapshotPlan, 'build' | 'query'>): ResultColumn[] {
  const computed = [...build.key, ...(build.updatedAt === undefined ? [] : [build.updatedAt])]
    .filter((column) => column.computed)
    .map(({ name }) => name);
  return query.filter(({ name }) => !computed.includes(name));
}
