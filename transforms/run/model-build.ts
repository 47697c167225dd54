import { millraceError } from '../../connectors/contract/index.ts';
import type { RelationName } from '../adapter/relation.ts';
import type {
  Build,
  Contract,
  ContractColumn,
  FillBy,
  IncrementalBuild,
  IndexConfig,
  SchemaChange,
  Strategy,
} from '../materialize/build.ts';
import type { ManifestNode } from '../project/manifest.ts';
import { isMap, type Value, type ValueMap } from '../project/value.ts';
import { ConfigReader } from './config-read.ts';
import type { SentText } from './sent-text.ts';

/** Where a node is built, in the database as its profile has it: only DuckDB has catalogs. */
export function relationOf(node: ManifestNode, catalog: string | null): RelationName {
  const { database, schema, alias } = node;
  return { database: catalog === null ? null : (database ?? catalog), schema, identifier: alias };
}

/** What a model's config says of the view or table that its query becomes. @throws MillraceError `model.invalid` */
export function buildOf(node: ManifestNode, relation: RelationName, { sql, modes }: SentText): Build {
  const config = new ConfigReader(node);
  const contract = contractOf(node, config);
  const indexes = indexesOf(config);
  const fill = config.word('fill', FILLS, 'auto');
  return {
    relation,
    sql,
    ...(modes === undefined ? {} : { modes }),
    ...commentsOf(node, config),
    ...(indexes.length === 0 ? {} : { indexes }),
    ...(contract === undefined ? {} : { contract }),
    ...(fill === 'auto' ? {} : { fill }),
  };
}

const FILLS: readonly FillBy[] = ['auto', 'statement', 'stream'];

/** What `persist_docs` keeps in the database: the node's description, and those of its columns. */
export function commentsOf(
  node: ManifestNode,
  config: ConfigReader,
): { comment?: string; columnComments?: ReadonlyMap<string, string> } {
  const kept = config.map('persist_docs');
  const columns = Object.values(node.columns).filter(({ description }) => description !== '');
  return {
    ...(kept.get('relation') === true && node.description !== '' ? { comment: node.description } : {}),
    ...(kept.get('columns') === true && columns.length > 0
      ? { columnComments: new Map(columns.map(({ name, description }) => [name, description])) }
      : {}),
  };
}

export function indexesOf(config: ConfigReader): IndexConfig[] {
  return config.maps('indexes').map((index) => indexOf(index, config));
}

function indexOf(index: ValueMap, config: ConfigReader): IndexConfig {
  const columns = index.get('columns');
  const names = Array.isArray(columns) ? columns : [columns];
  if (!names.every((name) => typeof name === 'string')) throw config.wrong('indexes', 'a list of maps with `columns`');
  return { columns: names, unique: index.get('unique') === true };
}

/** Columns and constraints of an enforced contract; undefined where there is none. */
export function contractOf(node: ManifestNode, config: ConfigReader): Contract | undefined {
  if (config.map('contract').get('enforced') !== true) return undefined;
  const columns = Object.values(node.columns).map((column): ContractColumn => {
    if (column.data_type === null) {
      throw millraceError(
        'model.invalid',
        `${node.name} has a contract, but its column ${column.name} no \`data_type\``,
        {
          at: node.patch_path?.replace(/^.*:\/\//, '') ?? node.original_file_path,
        },
      );
    }
    const constraints = column.constraints.filter(isMap);
    return {
      name: column.name,
      dataType: column.data_type,
      notNull: constraints.some((constraint) => constraint.get('type') === 'not_null'),
      constraints: constraints.flatMap((constraint) => columnClause(constraint)),
    };
  });
  const whole = (node.constraints ?? []).filter(isMap).flatMap((constraint) => tableClause(constraint));
  return { columns, constraints: whole };
}

function expressionOf(constraint: ValueMap): string {
  const expression = constraint.get('expression');
  return typeof expression === 'string' ? expression : '';
}

/** A constraint of a column as DDL; of a kind that is not known, what it says. */
function columnClause(constraint: ValueMap): string[] {
  const expression = expressionOf(constraint);
  switch (constraint.get('type')) {
    case 'not_null':
      return [];
    case 'unique':
      return [`unique ${expression}`.trim()];
    case 'primary_key':
      return [`primary key ${expression}`.trim()];
    case 'check':
      return [`check (${expression})`];
    case 'foreign_key':
      return [`references ${referenceOf(constraint)}`];
    default:
      return [expression];
  }
}

function tableClause(constraint: ValueMap): string[] {
  const expression = expressionOf(constraint);
  const names = namesOf(constraint.get('columns'));
  const list = `(${names.join(', ')})`;
  const name = constraint.get('name');
  const prefix = typeof name === 'string' ? `constraint ${name} ` : '';
  switch (constraint.get('type')) {
    case 'not_null':
      return [];
    case 'unique':
      return [`${prefix}unique ${list}`];
    case 'primary_key':
      return [`${prefix}primary key ${list}`];
    case 'check':
      return [`${prefix}check (${expression})`];
    case 'foreign_key':
      return [`${prefix}foreign key ${list} references ${referenceOf(constraint)}`];
    default:
      return [`${prefix}${expression}`];
  }
}

function referenceOf(constraint: ValueMap): string {
  const to = constraint.get('to');
  const columns = namesOf(constraint.get('to_columns'));
  return typeof to === 'string' ? `${to} (${columns.join(', ')})` : expressionOf(constraint);
}

function namesOf(value: Value | undefined): string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
}

const CHANGES: readonly SchemaChange[] = ['ignore', 'fail', 'append_new_columns', 'sync_all_columns'];

/** @throws MillraceError `model.invalid`, and `model.unsupported` for a strategy that there is not */
export function incrementalOf(
  node: ManifestNode,
  build: Build,
  { fullRefresh, strategy }: { fullRefresh: boolean; strategy?: Strategy },
): IncrementalBuild {
  const config = new ConfigReader(node);
  const predicates = config.names('predicates') ?? config.names('incremental_predicates') ?? [];
  return {
    ...build,
    strategy: strategy ?? strategyOf(node, config),
    onSchemaChange: config.word('on_schema_change', CHANGES, 'ignore'),
    fullRefresh: config.flag('full_refresh') ?? fullRefresh,
    ...(predicates.length === 0 ? {} : { predicates }),
  };
}

/** As dbt has it: without a key there is nothing to meet, so rows are added; with one, and nothing said, they replace those of their key. */
function strategyOf(node: ManifestNode, config: ConfigReader): Strategy {
  const key = config.names('unique_key') ?? [];
  const said = config.text('incremental_strategy')?.replaceAll('_', '+') ?? 'default';
  const known = ['default', 'append', 'delete+insert', 'merge'];
  if (!known.includes(said)) {
    const name = config.text('incremental_strategy');
    throw millraceError(
      'model.unsupported',
      `${node.name} asks for the incremental strategy ${name}, which there is not`,
      {
        at: node.original_file_path,
        fix: `Use one of ${known.slice(1).join(', ')}, microbatch.`,
      },
    );
  }
  if (said === 'append' || key.length === 0) return { kind: 'append' };
  if (said !== 'merge') return { kind: 'delete+insert', key };
  const [update, exclude] = [config.names('merge_update_columns'), config.names('merge_exclude_columns')];
  return {
    kind: 'merge',
    key,
    ...(update === undefined ? {} : { update }),
    ...(exclude === undefined ? {} : { exclude }),
  };
}
