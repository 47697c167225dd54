import type { ResultColumn } from '../adapter/adapter.ts';
import { nameRules, type RelationName, renderRelation } from '../adapter/relation.ts';
import type { Build } from './build.ts';
import type { Statement, Step } from './step.ts';
import type { Standing } from './swap.ts';
import { indexName } from './table-ddl.ts';

const rules = nameRules('duckdb');
const render = (name: RelationName) => renderRelation(name, rules);

/** DuckDB's DDL is of its transaction: readers see the old relation until the new one is whole. */
export function duckdbTableSteps(build: Build, columns: readonly ResultColumn[], standing: Standing): Step[] {
  return [
    {
      name: 'build',
      together: [
        ...dropOther(standing, 'table'),
        ...fill(build, columns),
        ...duckdbIndexes(build),
        ...duckdbComments(build, 'TABLE'),
      ],
    },
  ];
}

export function duckdbViewSteps(build: Build, standing: Standing): Step[] {
  const view = `CREATE OR REPLACE VIEW ${render(build.relation)} AS ${build.sql}`;
  return [
    {
      name: 'build',
      together: [
        ...dropOther(standing, 'view'),
        { name: 'create', sql: view, ofModel: true, counts: true },
        ...duckdbComments(build, 'VIEW'),
      ],
    },
  ];
}

function dropOther({ relation }: Standing, type: 'table' | 'view'): Statement[] {
  if (relation === undefined || relation.type === type) return [];
  return [{ name: 'retire', sql: `DROP ${relation.type.toUpperCase()} ${render(relation)}` }];
}

/** A contract's table is filled from a copy of the rows: the query may read the table that is replaced. */
function fill({ relation, sql, contract }: Build, columns: readonly ResultColumn[]): Statement[] {
  const table = render(relation);
  if (contract === undefined)
    return [{ name: 'fill', sql: `CREATE OR REPLACE TABLE ${table} AS\n${sql}`, ofModel: true, counts: true }];
  const copy = `temp.main.${rules.quote('_millrace_rows')}`;
  const declared = contract.columns.map(({ name, dataType, notNull, constraints }) =>
    [rules.quote(name), dataType, ...(notNull ? ['NOT NULL'] : []), ...constraints].join(' '),
  );
  const names = columns.map(({ name }) => rules.quote(name)).join(', ');
  return [
    { name: 'query', sql: `CREATE OR REPLACE TEMP TABLE ${rules.quote('_millrace_rows')} AS\n${sql}`, ofModel: true },
    { name: 'create', sql: `CREATE OR REPLACE TABLE ${table} (${[...declared, ...contract.constraints].join(', ')})` },
    { name: 'fill', sql: `INSERT INTO ${table} (${names}) SELECT ${names} FROM ${copy}`, counts: true },
    { name: 'clear', sql: `DROP TABLE ${copy}` },
  ];
}

export function duckdbIndexes({ relation, indexes: wanted = [] }: Build): Statement[] {
  return wanted.map((index) => {
    const kind = index.unique ? 'UNIQUE INDEX' : 'INDEX';
    const columns = index.columns.map((name) => rules.quote(name)).join(', ');
    return {
      name: 'index',
      sql: `CREATE ${kind} ${rules.quote(indexName(relation, index))} ON ${render(relation)} (${columns})`,
    };
  });
}

export function duckdbComments({ relation, comment, columnComments }: Build, kind: 'TABLE' | 'VIEW'): Statement[] {
  const text = (value: string) => `'${value.replaceAll("'", "''")}'`;
  const whole = comment === undefined ? [] : [`COMMENT ON ${kind} ${render(relation)} IS ${text(comment)}`];
  const columns = [...(columnComments ?? [])].map(
    ([name, value]) => `COMMENT ON COLUMN ${render(relation)}.${rules.quote(name)} IS ${text(value)}`,
  );
  return [...whole, ...columns].map((sql) => ({ name: 'comment', sql }));
}
