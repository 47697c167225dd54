import { millraceError } from '../../connectors/contract/index.ts';
import { nameRules, renderRelation } from '../adapter/relation.ts';
import type { SnapshotBuild, SnapshotColumn, SnapshotNames } from '../materialize/build.ts';
import { buildSnapshot } from '../materialize/index.ts';
import { textOf } from '../project/python-text.ts';
import { ConfigReader } from './config-read.ts';
import { applyGrants } from './grants.ts';
import { commentsOf, indexesOf, relationOf } from './model-build.ts';
import type { NodeSteps } from './node-run.ts';
import { type CompiledText, compiledOf, executedOf, type NodeWork, relationIn, runHooks, sentOf } from './node-work.ts';
import { withoutSemicolon } from './sent-text.ts';

/** A snapshot: what its query gives is compared with the history that is kept of it, between its hooks. */
export function snapshotNode(work: NodeWork): NodeSteps<CompiledText & { build: SnapshotBuild }> {
  return {
    compile: async () => {
      const compiled = await compiledOf(work);
      return { ...compiled, build: snapshotOf(work, compiled.code) };
    },
    execute: async ({ build }) => {
      await runHooks(work, 'pre-hook');
      const built = await buildSnapshot(await work.session(), build, { signal: work.signal });
      await applyGrants(work);
      await runHooks(work, 'post-hook');
      return { ...executedOf(built), ...relationIn(work.node) };
    },
  };
}

/** What a snapshot's config says. @throws MillraceError `model.invalid`, `model.unsupported` */
function snapshotOf(work: NodeWork, code: string): SnapshotBuild {
  const { node, adapter } = work;
  const config = new ConfigReader(node);
  const relation = relationOf(node, adapter.database);
  const changedBy = changedByOf(config, node.name, node.original_file_path);
  const key = (config.names('unique_key') ?? []).map((text, at) => toldColumn(text, `_millrace_key_${at + 1}`));
  if (key.length === 0) throw config.wrong('unique_key', 'a column or a list of columns');
  const told = config.text('updated_at');
  const updatedAt = told === undefined ? undefined : toldColumn(told, '_millrace_updated_at');
  const { sql, modes } = sentOf(work, withMore(withoutSemicolon(code), [...key, ...(updatedAt ? [updatedAt] : [])]));
  const kept = withMore(renderRelation(relation, nameRules(adapter.type)), key, '');
  const openEnd = config.text('dbt_valid_to_current');
  const indexes = indexesOf(config);
  return {
    relation,
    sql,
    ...(modes === undefined ? {} : { modes }),
    key,
    ...(updatedAt === undefined ? {} : { updatedAt }),
    changedBy,
    hardDeletes: hardDeletesOf(config),
    names: namesOf(config),
    ...(key.some(({ computed }) => computed) ? { kept: sentOf(work, kept).sql } : {}),
    ...(openEnd === undefined ? {} : { openEnd: sentOf(work, `select ${openEnd}`).sql }),
    ...commentsOf(node, config),
    ...(indexes.length === 0 ? {} : { indexes }),
  };
}

interface ToldColumn extends SnapshotColumn {
  readonly text: string;
}

/** A name is a column of the query; anything else, as `unique_key: "id || '-' || line"`, is SQL that is computed beside its columns. */
function toldColumn(text: string, name: string): ToldColumn {
  const [, plain, quoted] = /^\s*(?:((?!current_)[a-z_][\w$]*)|(?:"|`)([^"`]+)(?:"|`))\s*$/i.exec(text) ?? [];
  const column = plain ?? quoted;
  return column === undefined ? { name, computed: true, text } : { name: column, computed: false, text };
}

/** Rows of a query or a table, with what is computed beside their columns. */
function withMore(rows: string, columns: readonly ToldColumn[], line = '\n'): string {
  const more = columns.filter(({ computed }) => computed).map(({ name, text }) => `(${text}) as ${name}`);
  if (more.length === 0) return rows;
  const from = line === '' ? rows : `(${line}${rows}${line})`;
  return `select millrace_rows.*, ${more.join(', ')} from ${from} as millrace_rows`;
}

function changedByOf(config: ConfigReader, name: string, at: string): SnapshotBuild['changedBy'] {
  const strategy = config.text('strategy');
  if (strategy === 'timestamp') {
    if (config.text('updated_at') === undefined)
      throw config.wrong('updated_at', 'a column, for `strategy: timestamp`');
    return 'time';
  }
  if (strategy === 'check') {
    const columns = config.names('check_cols') ?? [];
    if (columns.length === 0) throw config.wrong('check_cols', 'a list of columns, or `all`, for `strategy: check`');
    if (config.value('check_cols') === 'all') return 'all';
    return columns.map((column) => column.replace(/^(["`])(.*)\1$/, '$2'));
  }
  if (strategy === undefined) throw config.wrong('strategy', 'timestamp or check');
  throw millraceError('model.unsupported', `${name} asks for the snapshot strategy ${strategy}, which there is not`, {
    at,
    fix: 'Use timestamp or check.',
  });
}

/** `invalidate_hard_deletes` is the older word for one of the three. */
function hardDeletesOf(config: ConfigReader): SnapshotBuild['hardDeletes'] {
  const older = config.flag('invalidate_hard_deletes');
  if (older !== undefined && config.value('hard_deletes') !== undefined)
    throw config.wrong('hard_deletes', 'alone, without `invalidate_hard_deletes`');
  return config.word('hard_deletes', ['ignore', 'invalidate', 'new_record'], older ? 'invalidate' : 'ignore');
}

function namesOf(config: ConfigReader): SnapshotNames {
  const said = config.map('snapshot_meta_column_names');
  const named = (name: string) => {
    const own = said.get(name);
    return own === undefined || own === null ? name : textOf(own);
  };
  return {
    scdId: named('dbt_scd_id'),
    updatedAt: named('dbt_updated_at'),
    validFrom: named('dbt_valid_from'),
    validTo: named('dbt_valid_to'),
    isDeleted: named('dbt_is_deleted'),
  };
}
