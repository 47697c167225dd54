import { millraceError, type StreamName, streamText } from '../contract/index.ts';
import type { Dialect } from '../types/index.ts';
import { cellText, type Run } from './introspect-run.ts';
import { quoteTable, quoteText } from './quote.ts';
import type { SwapTables } from './swap-name.ts';

/** Comments of the tables that are there; undefined: not there. */
export interface SwapState {
  readonly table: string | undefined;
  readonly build: string | undefined;
  readonly retired: string | undefined;
}

/** Looks at the tables of a swap. */
export async function swapState(run: Run, tables: SwapTables, foldsNames: boolean): Promise<SwapState> {
  const plain = (name: string) => (foldsNames ? name.toLowerCase() : name);
  const { namespace } = tables.table;
  const names = [tables.table.name, tables.build.name, tables.retired.name];
  const rows = await run(
    `SELECT TABLE_NAME, TABLE_COMMENT FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ${quoteText(namespace)} AND TABLE_NAME IN (${names.map(quoteText).join(', ')})`,
  );
  const comments = new Map(rows.map((row) => [plain(cellText(row[0]) ?? ''), cellText(row[1]) ?? '']));
  return {
    table: comments.get(plain(names[0]!)),
    build: comments.get(plain(names[1]!)),
    retired: comments.get(plain(names[2]!)),
  };
}

/**
 * Whether the built table is in its place and the old one not yet let go of. It must be told from a build that got lost: on TiDB by the marker
 * on the table, else by the retired table, for which a placeholder is made where there was no table before.
 */
export function isSwapped(now: SwapState, tables: SwapTables, dialect: Dialect): boolean {
  if (dialect === 'tidb') return now.table === tables.marker;
  return now.table !== undefined && now.build === undefined && now.retired !== undefined;
}

/** The statement that is left to do; undefined: none. */
export function nextStep(now: SwapState, tables: SwapTables, dialect: Dialect): string | undefined {
  const { table, build, retired } = tables;
  const standing = dialect === 'tidb';
  if (isSwapped(now, tables, dialect)) return undefined;
  const ready = now.build !== undefined && (!standing || now.build === tables.marker);
  if (!ready || (now.table !== undefined && now.retired !== undefined)) throw lost(tables);
  if (now.table === undefined && now.retired === undefined && !standing) {
    return `CREATE TABLE ${quoteTable(retired)} (placeholder INT NOT NULL PRIMARY KEY)`;
  }
  // No table: none was there before, or a server without atomic RENAME was killed after its first half.
  if (now.table === undefined) return renameAll([[build, table]]);
  return renameAll(
    standing
      ? [
          [table, retired],
          [build, table],
          [retired, build],
        ]
      : [
          [table, retired],
          [build, table],
        ],
  );
}

function renameAll(moves: readonly (readonly [StreamName, StreamName])[]): string {
  return `RENAME TABLE ${moves.map(([from, to]) => `${quoteTable(from)} TO ${quoteTable(to)}`).join(', ')}`;
}

/** What was built is gone, or something else stands in its place: nothing may be renamed or dropped on a guess. */
export function lost(tables: SwapTables): Error {
  const at = streamText(tables.table);
  return millraceError('schema.moved', `the table built for ${at} (${tables.build.name}) is not there as it was left`, {
    at,
    fix: `Look for ${tables.build.name} and ${tables.retired.name}; reset the stream with \`millrace position reset\` to read it again.`,
  });
}
