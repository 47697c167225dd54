import { createHash } from 'node:crypto';
import { type Column, millraceError, type StreamSchema, streamText } from '../contract/index.ts';
import type { ChangeRead, ChangeTable, KeyColumn, TableRead } from '../sql/index.ts';
import { keyset } from '../types/index.ts';
import type { DiffTable } from './diff-sql.ts';

/** A table whose changes are found by comparing, and how its rows are read. */
export interface DiffedTable {
  readonly change: ChangeTable;
  readonly read: Omit<TableRead, 'view'>;
  readonly stream: string;
  readonly fingerprint: string;
}

/** Throws `config.invalid` for what comparing does not give. */
export function diffedTables({ tables, reads, follow }: ChangeRead): DiffedTable[] {
  return tables.map((change, i) => {
    const wrong = undiffable(change, follow);
    if (wrong !== undefined) throw millraceError('config.invalid', wrong.message, { at: wrong.at, fix: wrong.fix });
    const read = reads[i]!;
    return { change, read, stream: streamText(change.schema.stream), fingerprint: fingerprint(change, read) };
  });
}

/** Why changes of a table cannot be found by comparing; undefined: they can. */
export function undiffable(
  { request, table }: Pick<ChangeTable, 'request' | 'table'>,
  follow: true | undefined,
): { readonly at: string; readonly message: string; readonly fix: string } | undefined {
  const at = streamText(table.stream);
  const because = (why: string, fix: string) => ({ at, message: `${at}: ${why}`, fix });
  if (follow) {
    return because(
      'changes of TiDB are found by reading the whole table: to follow it would read it again and again and keep the cluster awake',
      'Run `millrace sync` on a schedule; or follow the topics of a changefeed, where the service has changefeeds (`millrace changefeed`).',
    );
  }
  if (table.key === undefined) {
    return because(
      'it has no primary key, and a change is found by the key of its row (the hidden row id goes to another row)',
      'Give it a primary key, or read it by `full`.',
    );
  }
  if (request.once) return because('changes are found by key, and cannot be appended', 'Write by `upsert`.');
  const wrong = keyColumns(table).find(({ type, generated }) => generated !== undefined || !keyset(type));
  if (wrong === undefined) return undefined;
  return because(
    `its rows cannot be found by the key column ${wrong.name} (${wrong.native ?? wrong.type.kind})`,
    'Read it by `full`.',
  );
}

/** The table as it is compared with itself. */
export function diffTable({ change, read }: DiffedTable): DiffTable {
  const { table, request, schema } = change;
  const flowing = new Set(schema.columns.map(({ name }) => name));
  const columns = table.columns.filter(({ name, generated }) => generated === undefined && flowing.has(name));
  const { where } = request;
  return {
    table: { stream: table.stream, columns, key: table.key!, ...(where === undefined ? {} : { where }) },
    order: orderOf(table, read.key),
  };
}

/** What its rows lie by: the key, or the row id of a table that is not clustered. */
function orderOf(table: StreamSchema, key: readonly KeyColumn[] | undefined): readonly KeyColumn[] {
  return key ?? keyColumns(table);
}

function keyColumns({ columns, key = [] }: StreamSchema): Column[] {
  return key.map((name) => columns.find((column) => column.name === name)!);
}

/** Whether values can move between rows that are told apart by another key. */
export function hasSecondUnique({ change: { table } }: DiffedTable): boolean {
  return (table.indexes ?? []).some((index) => index.unique);
}

/** Changes when rows flow otherwise, or lie otherwise. */
export function fingerprint({ request, schema, table }: ChangeTable, read: Omit<TableRead, 'view'>): string {
  const columns = schema.columns.map(({ name, type, nullable, generated }) => [name, type, nullable, generated?.sql]);
  const order = read.key?.map(({ name }) => name) ?? [];
  const facts = [columns, table.key, read.projection.select, request.where ?? '', order];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32);
}
