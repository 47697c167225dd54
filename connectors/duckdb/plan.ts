import { createHash } from 'node:crypto';
import {
  type Action,
  type Finding,
  type PipelineId,
  type StreamName,
  streamText,
  type Target,
  type TargetPlan,
} from '../contract/index.ts';
import { sameType, targetType, widens } from '../types/index.ts';
import { type FoundColumn, type FoundTable, findTable } from './catalog.ts';
import { hasOwnTables, OWN } from './own-tables.ts';
import { quoteName, quoteTable, quoteText, schemaOf } from './quote.ts';
import type { Session } from './session.ts';
import { folded, targetKey, type WantedColumn, wantedColumns } from './shape.ts';
import { readStream, type StreamRecord } from './state.ts';

/** A plan with what it was made from. */
export interface DuckPlan extends TargetPlan {
  readonly generation: number | undefined;
  /** The table that rows are built in, where that is not the target. */
  readonly build: StreamName | undefined;
  /** What the plan saw; equal texts mean an equal target. */
  readonly seen: string;
}

/** The table that an overwrite is built in, beside its target. */
export function buildTable(pipeline: PipelineId, target: Target): StreamName {
  const id = createHash('sha256')
    .update(`${pipeline}\0${streamText(target.source.stream)}`)
    .digest('hex')
    .slice(0, 16);
  return { namespace: target.table.namespace, name: `_millrace_build_${id}` };
}

/** What must be done to the target. Reads only. */
export async function planTarget(
  session: Session,
  pipeline: PipelineId,
  target: Target,
  generation: number | undefined,
): Promise<DuckPlan> {
  const found = await findTable(session, target.table);
  const record = await readStream(session, pipeline, streamText(target.source.stream));
  const wanted = wantedColumns(target);
  const build = target.write === 'overwrite' ? buildTable(pipeline, target) : undefined;
  const started = build !== undefined && building(record, generation) && (await exists(session, build));
  const seen = JSON.stringify([
    found?.view,
    found?.columns.map(({ name, native, nullable }) => [name, native, nullable]),
    record,
    started,
  ]);
  const refused = [...refuseColumns(target, wanted), ...(await refuseTable(session, pipeline, target, found))];
  if (build !== undefined && building(record, generation) && !started) refused.push(lostBuild(target));
  const actions =
    refused.length > 0
      ? []
      : build !== undefined
        ? started
          ? []
          : createActions(session.catalog, target, build, wanted)
        : found === undefined
          ? createActions(session.catalog, target, target.table, wanted)
          : alterActions(session.catalog, target, found, wanted);
  refused.push(...(build === undefined && found !== undefined ? refuseExtra(target, found, wanted) : []));
  return { target, actions, refused, generation, build, seen };
}

function building(record: StreamRecord | undefined, generation: number | undefined): boolean {
  return record !== undefined && record.generation === generation && record.phase !== 'done';
}

async function exists(session: Session, table: StreamName): Promise<boolean> {
  const found = await session.rows(
    'SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = $1 AND table_name = $2',
    [schemaOf(table), table.name],
  );
  return found.length > 0;
}

function refusal(target: Target, message: string, fix: string): Finding {
  return { severity: 'error', code: 'schema.refused', side: 'destination', message, fix, at: streamText(target.table) };
}

function lostBuild(target: Target): Finding {
  return refusal(
    target,
    'the table that an unfinished full read was built in is gone',
    'Reset the stream with `millrace position reset` to read it again.',
  );
}

function refuseColumns(target: Target, wanted: readonly WantedColumn[]): Finding[] {
  const seen = new Map<string, string>();
  const findings: Finding[] = [];
  for (const { name } of wanted) {
    const other = seen.get(folded(name));
    seen.set(folded(name), name);
    if (other === undefined) continue;
    findings.push(
      refusal(
        target,
        `columns ${other} and ${name} differ only by case, which DuckDB does not tell apart`,
        'Leave one out with `exclude_columns`.',
      ),
    );
  }
  if (target.read === 'cdc' && target.write === 'append') {
    findings.push(
      refusal(target, 'changes cannot be appended to a DuckDB table', 'Choose `write: upsert` or `soft_delete`.'),
    );
  }
  return findings;
}

async function refuseTable(
  session: Session,
  pipeline: PipelineId,
  target: Target,
  found: FoundTable | undefined,
): Promise<Finding[]> {
  if (found === undefined) return [];
  const { table } = target;
  if (found.view) return [refusal(target, 'the target is a view', 'Give the stream another target.')];
  const findings: Finding[] = [];
  const owner = await ownerOf(session, table);
  if (owner !== pipeline && !(owner !== undefined && target.constant !== undefined) && !target.adopt) {
    const whose = owner === undefined ? 'was not made by this pipeline' : `belongs to pipeline ${owner}`;
    findings.push(
      refusal(target, `the table ${whose}`, 'Set `adopt: true` for the stream, or give it another target.'),
    );
  }
  const referencing = await session.rows(
    `SELECT table_name FROM duckdb_constraints() WHERE database_name = current_database() AND constraint_type = 'FOREIGN KEY'
     AND schema_name = $1 AND (lower(referenced_table) = lower($2) OR lower(table_name) = lower($2))`,
    [schemaOf(table), table.name],
  );
  if (target.write === 'overwrite' && referencing.length > 0) {
    findings.push(
      refusal(target, 'foreign keys hang on the table, so that it cannot be replaced', 'Choose `write: upsert`.'),
    );
  }
  return findings;
}

/** The pipeline that a table is recorded for. */
export async function ownerOf(session: Session, table: StreamName): Promise<string | undefined> {
  if (!(await hasOwnTables(session))) return undefined;
  const [found] = await session.rows(
    `SELECT pipeline::VARCHAR FROM ${OWN.tables} WHERE schema_name = $1 AND lower(table_name) = lower($2)`,
    [schemaOf(table), table.name],
  );
  return found?.[0] ?? undefined;
}

function refuseExtra(target: Target, found: FoundTable, wanted: readonly WantedColumn[]): Finding[] {
  const names = new Set(wanted.map(({ name }) => folded(name)));
  return found.columns
    .filter((column) => !names.has(folded(column.name)) && !column.nullable && !column.hasDefault)
    .map(({ name }) =>
      refusal(
        target,
        `column ${name} of the target is NOT NULL without a default, and the source does not have it`,
        'Drop it, or allow NULL.',
      ),
    );
}

function columnSql({ name, ddl, nullable }: WantedColumn): string {
  return `${quoteName(name)} ${ddl}${nullable ? '' : ' NOT NULL'}`;
}

function createActions(catalog: string, target: Target, table: StreamName, wanted: readonly WantedColumn[]): Action[] {
  const name = quoteTable(catalog, table);
  const comments = wanted
    .filter(({ source }) => source?.comment !== undefined && source.comment !== '')
    .map((column) => `COMMENT ON COLUMN ${name}.${quoteName(column.name)} IS ${quoteText(column.source!.comment!)}`);
  const comment = target.source.comment;
  if (comment !== undefined && comment !== '') comments.push(`COMMENT ON TABLE ${name} IS ${quoteText(comment)}`);
  const statements = [
    `CREATE SCHEMA IF NOT EXISTS ${quoteName(catalog)}.${quoteName(schemaOf(table))}`,
    `DROP TABLE IF EXISTS ${name}`,
    `CREATE TABLE ${name} (\n  ${wanted.map(columnSql).join(',\n  ')}\n)`,
    ...comments,
  ];
  // Only a build table may be in the way: a target that exists is never created.
  const kept = table === target.table ? statements.filter((sql) => !sql.startsWith('DROP')) : statements;
  const summary =
    table === target.table
      ? `create ${streamText(table)}`
      : `build ${streamText(target.table)} anew beside the old table`;
  return [{ table: target.table, summary, sql: kept.join(';\n'), effect: 'safe' }];
}

function alterActions(catalog: string, target: Target, found: FoundTable, wanted: readonly WantedColumn[]): Action[] {
  const existing = new Map(found.columns.map((column) => [folded(column.name), column]));
  return wanted.flatMap((column) => {
    const present = existing.get(folded(column.name));
    return present === undefined
      ? [addAction(catalog, target, column)]
      : changeActions(catalog, target, column, present);
  });
}

/** NOT NULL cannot be added with a column, and rows from before have NULL. */
function addAction(catalog: string, target: Target, { name, ddl }: WantedColumn): Action {
  return {
    table: target.table,
    summary: `add column ${name} ${ddl}`,
    sql: `ALTER TABLE ${quoteTable(catalog, target.table)} ADD COLUMN ${quoteName(name)} ${ddl}`,
    effect: 'safe',
  };
}

function changeActions(catalog: string, target: Target, wanted: WantedColumn, present: FoundColumn): Action[] {
  const alter = `ALTER TABLE ${quoteTable(catalog, target.table)} ALTER COLUMN ${quoteName(present.name)}`;
  const actions: Action[] = [];
  const effect = typeChange(wanted, present);
  if (effect !== undefined) {
    const summary = `change column ${present.name} from ${present.native} to ${wanted.ddl}`;
    actions.push({ table: target.table, summary, sql: `${alter} SET DATA TYPE ${wanted.ddl}`, effect });
  }
  if (wanted.nullable && !present.nullable) {
    actions.push({
      table: target.table,
      summary: `allow NULL in column ${present.name}`,
      sql: `${alter} DROP NOT NULL`,
      effect: 'safe',
    });
  }
  return actions;
}

/** What it takes to give a column its wanted type; nothing where it holds every value as it is. */
function typeChange({ ddl, source }: WantedColumn, present: FoundColumn): Action['effect'] | undefined {
  if (present.native === ddl) return undefined;
  if (source === undefined) return 'destructive';
  if (present.type.kind === 'unknown') return 'destructive';
  const wanted = targetType(source.type, 'duckdb');
  if (sameType(present.type, wanted, 'duckdb')) return undefined;
  if (present.type.kind === wanted.kind && widens(wanted, present.type, 'duckdb')) return undefined;
  return widens(present.type, wanted, 'duckdb') ? 'safe' : 'destructive';
}

/** The key as recorded for readers of the file. */
export function recordedKey(target: Target): string | null {
  const key = targetKey(target);
  return key === undefined ? null : JSON.stringify(key);
}
