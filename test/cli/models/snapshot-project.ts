import { type ReadTable, without } from './read-table.ts';

/** Rows of four rounds: `id, part, state, moment`. */
export const ROUNDS = [
  ["1, 1, 'new', '2024-01-01 08:00:00'", "1, 2, 'new', '2024-01-01 08:00:00'", "2, 1, null, '2024-01-01 08:00:00'"],
  ["1, 1, 'paid', '2024-01-02 09:30:00'", "2, 1, 'new', '2024-01-01 08:00:00'", "3, 1, 'new', '2024-01-02 10:00:00'"],
  ["1, 1, 'paid', '2024-01-02 09:30:00'", "2, 1, 'new', '2024-01-03 08:00:00'", "3, 1, 'new', '2024-01-02 10:00:00'"],
  ["1, 1, 'sent', '2024-01-04 09:30:00'", "1, 2, 'back', '2024-01-04 09:00:00'", "2, 1, null, '2024-01-04 08:00:00'"],
];

const rows = (round: number) =>
  ROUNDS[round]!.map((row) => {
    const [id, part, state, moment] = row.split(', ');
    return `select ${id} as id, ${part} as part, cast(${state} as varchar) as state, cast(${moment} as timestamp) as moment${round > 1 ? ", 'x' as later" : ''}`;
  }).join(' union all ');
const SOURCE = `{% if var('round') == 0 %}${rows(0)}{% elif var('round') == 1 %}${rows(1)}{% elif var('round') == 2 %}${rows(2)}{% else %}${rows(3)}{% endif %}`;

export const CONFIGS: Readonly<Record<string, string>> = {
  list_time: "unique_key=['id', 'part'], strategy='timestamp', updated_at='moment'",
  text_time: `unique_key="id || '-' || part", strategy='timestamp', updated_at='moment', invalidate_hard_deletes=true`,
  ended_far: "unique_key=['id', 'part'], strategy='check', check_cols='all', hard_deletes='invalidate', dbt_valid_to_current=\"cast('9999-12-31' as timestamp)\", snapshot_meta_column_names={'dbt_valid_to': 'until', 'dbt_scd_id': 'scd'}",
  recorded: "unique_key=['id', 'part'], strategy='check', check_cols=['state'], updated_at='moment', hard_deletes='new_record'",
}; // biome-ignore format: a table

export const FILES = {
  'models/source_rows.sql': `{{ config(materialized='view') }} ${SOURCE}`,
  ...Object.fromEntries(
    Object.entries(CONFIGS).map(([name, config]) => [
      `snapshots/${name}.sql`,
      `{% snapshot ${name} %}{{ config(${config}) }} select * from {{ ref('source_rows') }} -- of now\n{% endsnapshot %}`,
    ]),
  ),
};

/** With moments of now by their order, as they are others in each run; ids hold them. */
export function byOrder(tables: Record<string, ReadTable>): Record<string, ReadTable> {
  const ids = { 'main.list_time': ['dbt_scd_id'], 'main.text_time': ['dbt_scd_id'], 'main.ended_far': ['scd'], 'main.recorded': ['dbt_scd_id'] }; // biome-ignore format: a table
  return Object.fromEntries(
    Object.entries(without(tables, ids)).map(([name, { columns, kinds, rows: all }]) => {
      const now = [...new Set(all.flat().filter((value) => value !== null && /^20(?!24)\d\d-/.test(value)))].sort();
      const told = all.map((row) => row.map((value) => (now.includes(value) ? `t${now.indexOf(value)}` : value)));
      return [
        name,
        {
          columns,
          kinds,
          rows: told
            .map((row) => JSON.stringify(row))
            .sort()
            .map((row) => JSON.parse(row)),
        },
      ];
    }),
  );
}
