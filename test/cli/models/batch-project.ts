import type { ReadTable } from './read-table.ts';

const event = (id: number, at: string, text: string) =>
  `select cast(${id} as bigint) as id, cast('${at}' as timestamp) as happened, '${text}' as amount`;

/** What the source holds in each round: later rows, changed rows, and one that is no number. */
const ROUNDS: readonly (readonly string[])[] = [
  [event(1, '2025-01-01 00:00:00', '10'), event(2, '2025-01-02 23:59:59', '20'), event(3, '2025-01-04 12:00:00', '30')],
  [event(1, '2025-01-01 00:00:00', '11'), event(2, '2025-01-02 23:59:59', '21'), event(4, '2025-01-05 00:00:00', '40')],
  [
    event(1, '2025-01-01 00:00:00', '12'),
    event(2, '2025-01-02 23:59:59', 'none'),
    event(3, '2025-01-03 00:00:00', '32'),
  ],
  [event(1, '2025-01-01 00:00:00', '13'), event(2, '2025-01-02 23:59:59', '23'), event(3, '2025-01-03 00:00:00', '33')],
];

const round = (rows: readonly string[], at: number) =>
  `{% if var('round') == ${at} %}\n${rows.join('\nunion all\n')}\n{% endif %}`;

export const MICROBATCH =
  "materialized='incremental', incremental_strategy='microbatch', event_time='happened', batch_size='day', begin='2025-01-01'";

/** A model of microbatches over a source that changes with `--vars '{round: n}'`. */
export const FILES: Readonly<Record<string, string>> = {
  'dbt_project.yml': [
    'name: small',
    'version: "1.0"',
    'profile: small',
    'on-run-start: ["create table if not exists {{ target.schema }}.told (what varchar(20))"]',
    'models: {+transient: false}',
    '',
  ].join('\n'),
  'models/events.sql': `{{ config(materialized='table', event_time='happened') }}\n${ROUNDS.map(round).join('\n')}`,
  'models/daily.sql': [
    `{{ config(${MICROBATCH}, pre_hook="insert into {{ target.schema }}.told values ('before')", post_hook="insert into {{ target.schema }}.told values ('behind')") }}`,
    "select id, happened, cast(amount as bigint) as amount, '{{ model.batch.id if model.batch else 'none' }}' as batch,",
    "  cast({{ 1 if is_incremental() else 0 }} as bigint) as added from {{ ref('events') }} as e where e.id > 0",
  ].join('\n'),
  // Reads what has no `event_time`: each batch sees all rows, and keeps its own.
  'models/unbounded.sql': [
    `{{ config(${MICROBATCH}, lookback=2) }}`,
    "select id, happened, amount from {{ ref('plain') }}",
  ].join('\n'),
  'models/plain.sql': "select * from {{ ref('events') }}",
};

const SPAN = ['--event-time-start', '2025-01-01', '--event-time-end'];

/** The commands of the rounds, and whether each goes well. */
export const COMMANDS: readonly (readonly [readonly string[], boolean])[] = [
  [['run', '--vars', '{round: 0}', ...SPAN, '2025-01-05'], true],
  [['run', '--vars', '{round: 3}', ...SPAN, '2025-01-03', '--full-refresh'], true],
  [
    ['run', '--vars', '{round: 1}', '--event-time-start', '2025-01-02', '--event-time-end', '2025-01-06T00:00:00'],
    true,
  ],
  [['run', '--vars', '{round: 2}', ...SPAN, '2025-01-04'], false],
];

/** Tables of the project alone. */
export function counted(tables: Record<string, ReadTable>): Record<string, ReadTable> {
  return Object.fromEntries(Object.entries(tables).filter(([name]) => !name.includes('_millrace')));
}
