import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const AREAS = 20;
const HASHED = `{% macro hashed(columns) %}
{%- set parts = [] -%}
{%- for column in columns -%}
    {%- do parts.append("coalesce(cast(" ~ column ~ " as varchar), '_null_')") -%}
{%- endfor -%}
md5({{ parts | join(" || '-' || ") }})
{%- endmacro %}
`;

/** Writes a dbt project of so many models that stand on one another, each with a hashing macro, and three tests for each of them. */
export function writeModelsProject(root: string, models: number): void {
  mkdirSync(join(root, 'macros'), { recursive: true });
  writeFileSync(join(root, 'dbt_project.yml'), 'name: big\nversion: "1.0"\nprofile: big\n');
  const output = '{ type: duckdb, path: big.duckdb, schema: main }';
  writeFileSync(join(root, 'profiles.yml'), `big:\n  target: dev\n  outputs:\n    dev: ${output}\n`);
  writeFileSync(join(root, 'macros/hashed.sql'), HASHED);
  for (let area = 0; area < AREAS; area += 1) {
    const folder = join(root, `models/area_${area}`);
    mkdirSync(folder, { recursive: true });
    const own = Array.from({ length: models }, (_, index) => index).filter((index) => index % AREAS === area);
    for (const index of own) writeFileSync(join(folder, `model_${index}.sql`), code(index));
    writeFileSync(join(folder, 'models.yml'), `models:\n${own.map(description).join('')}`);
  }
}

function code(index: number): string {
  const before = index > 10 ? ` union all select id from {{ ref('model_${index >> 1}') }}` : '';
  const from = index === 0 ? 'select 1 as id' : `select id from {{ ref('model_${index - 1}') }}${before}`;
  return `{{ config(materialized='table', tags=['t${index % 7}']) }}

with base as (${from})

select
    id,
    {{ hashed(['id', 'id + 1', "'x'"]) }} as hash
    {% if target.name == 'prod' %}, true as is_production{% endif %}
from base
`;
}

function description(index: number): string {
  return `  - name: model_${index}
    description: Model ${index}.
    columns:
      - name: id
        data_tests: [unique, not_null]
      - name: hash
        data_tests: [not_null]
`;
}
