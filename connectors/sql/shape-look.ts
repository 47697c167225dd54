import { createHash } from 'node:crypto';
import type { StreamName, StreamSchema } from '../contract/index.ts';
import type { Dialect } from '../types/index.ts';
import { introspectTables } from './introspect.ts';
import { cellText, type Run } from './introspect-run.ts';
import { quoteText } from './quote.ts';

/** What stands under a name. */
export type Standing =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'view' }
  | {
      readonly kind: 'table';
      /** With the name as the server has it, which may differ by case from the one asked for. */
      readonly schema: StreamSchema;
    };

/** Looks at what stands under a name in the catalogue; reads only. */
export async function look(run: Run, dialect: Dialect, table: StreamName, foldsNames: boolean): Promise<Standing> {
  const found = (await tablesCalled(run, table)).find((row) => isSame(row, table, foldsNames));
  if (found === undefined) return { kind: 'nothing' };
  if (found.type.includes('VIEW') || found.type === 'SEQUENCE') return { kind: 'view' };
  const [schema] = await introspectTables(run, dialect, [found]);
  if (schema === undefined) return { kind: 'nothing' };
  return { kind: 'table', schema };
}

/** What a RENAME would leave with the old table. What the user may not see is not among it. Slow where the server has very many tables. */
export async function hangingOn(run: Run, table: StreamName): Promise<Hanging> {
  return { foreignKeys: await foreignKeysAt(run, table), triggers: await triggersAt(run, table) };
}

export interface Hanging {
  /** Foreign keys from or to the table, for people: `fk_customer of shop.orders`. */
  readonly foreignKeys: readonly string[];
  readonly triggers: readonly string[];
}

/** The same text for the same standing: estimates and counters do not count. */
export function standingText(standing: Standing): string {
  if (standing.kind !== 'table') return standing.kind;
  const { rows, bytes, nextAutoIncrement, ...schema } = standing.schema;
  return createHash('sha256')
    .update(JSON.stringify({ ...standing, schema }))
    .digest('hex');
}

interface Found extends StreamName {
  readonly type: string;
}

async function tablesCalled(run: Run, table: StreamName): Promise<Found[]> {
  const rows = await run(
    `SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM INFORMATION_SCHEMA.TABLES WHERE ${at('TABLE_SCHEMA', 'TABLE_NAME', table)}`,
  );
  return rows.map((row) => ({
    namespace: cellText(row[0]) ?? '',
    name: cellText(row[1]) ?? '',
    type: cellText(row[2]) ?? '',
  }));
}

async function foreignKeysAt(run: Run, table: StreamName): Promise<string[]> {
  const rows = await run(
    `SELECT DISTINCT CONSTRAINT_NAME, TABLE_SCHEMA, TABLE_NAME FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE WHERE REFERENCED_TABLE_NAME IS NOT NULL
      AND (${at('TABLE_SCHEMA', 'TABLE_NAME', table)} OR ${at('REFERENCED_TABLE_SCHEMA', 'REFERENCED_TABLE_NAME', table)})`,
  );
  return rows.map(([name, schema, of]) => `${cellText(name)} of ${cellText(schema)}.${cellText(of)}`).toSorted();
}

async function triggersAt(run: Run, table: StreamName): Promise<string[]> {
  const rows = await run(
    `SELECT TRIGGER_NAME FROM INFORMATION_SCHEMA.TRIGGERS WHERE ${at('EVENT_OBJECT_SCHEMA', 'EVENT_OBJECT_TABLE', table)}`,
  );
  return rows.map(([name]) => cellText(name) ?? '').toSorted();
}

function at(schema: string, name: string, table: StreamName): string {
  return `(${schema} = ${quoteText(table.namespace)} AND ${name} = ${quoteText(table.name)})`;
}

function isSame(a: StreamName, b: StreamName, folds: boolean): boolean {
  const text = (name: string) => (folds ? name.toLowerCase() : name);
  return text(a.namespace) === text(b.namespace) && text(a.name) === text(b.name);
}
