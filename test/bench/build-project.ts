import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CHAIN = 12;
const WIDE = 48;
const MARTS = 8;
/** Of the first table; those below have as many or fewer. */
const ROWS = 10_000;

/**
 * Writes a dbt project that is built on a server: a chain of tables, each made from the one before, beside it a wide level of tables and views
 * that all stand on the first table, and marts that join some of these; two tests for each.
 */
export function writeBuildProject(root: string, port: number, schema: string): void {
  const models = new Map<string, string>([['base', baseCode()]]);
  for (let at = 0; at < CHAIN; at += 1) models.set(`chain_${at}`, chainCode(at));
  for (let at = 0; at < WIDE; at += 1) models.set(`wide_${at}`, wideCode(at));
  for (let at = 0; at < MARTS; at += 1) models.set(`mart_${at}`, martCode(at));
  mkdirSync(join(root, 'models'));
  for (const [name, code] of models) writeFileSync(join(root, 'models', `${name}.sql`), code);
  writeFileSync(join(root, 'models/models.yml'), `models:\n${[...models.keys()].map(description).join('')}`);
  writeFileSync(join(root, 'dbt_project.yml'), 'name: built\nversion: "1.0"\nprofile: built\n');
  const output = `{ type: tidb, host: 127.0.0.1, port: ${port}, user: root, password: "", schema: ${schema} }`;
  writeFileSync(join(root, 'profiles.yml'), `built:\n  target: dev\n  outputs:\n    dev: ${output}\n`);
}

function baseCode(): string {
  const digits = Array.from({ length: 10 }, (_, digit) => `select ${digit} as d`).join(' union all ');
  const places = Array.from({ length: Math.log10(ROWS) }, (_, at) => `digits as p${at}`);
  const id = places.map((_, at) => `p${at}.d * ${10 ** at}`).join(' + ');
  return `{{ config(materialized='table') }}
with digits as (${digits}), numbers as (select ${id} as id from ${places.join(' cross join ')})
select id, id % 97 as grp, id * 1.5 as amount, concat('name ', id) as name from numbers
`;
}

function chainCode(at: number): string {
  const before = at === 0 ? 'base' : `chain_${at - 1}`;
  return `{{ config(materialized='table') }}
select id, grp, amount + 1 as amount, name from {{ ref('${before}') }} where id % ${at + 50} <> 1
`;
}

/** Two of three are tables. */
function wideCode(at: number): string {
  return `{{ config(materialized='${at % 3 === 2 ? 'view' : 'table'}') }}
select min(id) as id, grp, sum(amount) as amount, count(*) as total from {{ ref('base') }} where id % ${at + 2} = 0 group by grp
`;
}

function martCode(at: number): string {
  const own = Array.from({ length: WIDE / MARTS }, (_, of) => `{{ ref('wide_${at * (WIDE / MARTS) + of}') }}`);
  return `{{ config(materialized='table') }}
with parts as (${own.map((of) => `select id, grp, amount from ${of}`).join(' union all ')})
select min(id) as id, grp, sum(amount) as amount from parts group by grp
`;
}

function description(name: string): string {
  return `  - name: ${name}
    columns:
      - name: id
        data_tests: [not_null]
      - name: grp
        data_tests: [not_null]
`;
}
