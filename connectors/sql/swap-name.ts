import { createHash } from 'node:crypto';
import type { PipelineId, StreamName } from '../contract/index.ts';
import type { Dialect } from '../types/index.ts';

/** The tables that take part in replacing one table by one full read. All live in the target's database. */
export interface SwapTables {
  readonly table: StreamName;
  /** Rows of the full read are loaded here. */
  readonly build: StreamName;
  /** Where the old table is put; on TiDB a name used only inside the RENAME. */
  readonly retired: StreamName;
  /**
   * TiDB: the comment of the built table until the swap is recorded, so that both tables can be told apart after a kill. Elsewhere the
   * names say it: they hold the generation.
   */
  readonly marker: string;
}

/**
 * Names for a full read, the same in every process: `_millrace_b_<hash>` and `_millrace_r_<hash>` of pipeline, table and generation.
 * On TiDB without the generation: there the build table is one standing table that changes places with the live one, because prepared
 * statements of readers fail (8113) once a table that was live when they ran is dropped, and go on when it is only emptied.
 */
export function swapTables(dialect: Dialect, pipeline: PipelineId, table: StreamName, generation: number): SwapTables {
  const place = [pipeline, table.namespace, table.name];
  const hash = hashText(dialect === 'tidb' ? place : [...place, String(generation)]);
  return {
    table,
    build: { namespace: table.namespace, name: `_millrace_b_${hash}` },
    retired: { namespace: table.namespace, name: `_millrace_r_${hash}` },
    marker: `millrace build ${hashText(place)} ${generation}`,
  };
}

/** 32 hex digits: together with the prefix far below the 64 characters of a name. */
function hashText(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
