import type { CommandSpec, OptionSpec } from './command.ts';
import { modelCommands } from './models/commands.ts';
import { modelLookCommands } from './models/look-commands.ts';

/** Where a pipeline is named: by name in the project file, or by two URLs. */
const PLACE = '[pipeline-or-urls...]';
const tables: OptionSpec = {
  flags: '-t, --tables <patterns>',
  text: 'only these tables: `shop.orders`, `shop.*`; may be given several times or with commas',
  kind: 'list',
};
const urlTables: OptionSpec = {
  flags: '-t, --tables <patterns>',
  text: 'the tables, as `sync` was given them (with URLs)',
  kind: 'list',
};
const yes: OptionSpec = { flags: '-y, --yes', text: 'do not ask' };
const urlOptions: readonly OptionSpec[] = [
  { flags: '--exclude <patterns>', text: 'leave these tables out (with URLs)', kind: 'list' },
  {
    flags: '--read <mode>',
    text: 'how to read (with URLs)',
    choices: ['full', 'incremental', 'cdc'],
  },
  {
    flags: '--write <mode>',
    text: 'how to write (with URLs)',
    choices: ['append', 'overwrite', 'upsert', 'soft_delete', 'history'],
  },
  { flags: '--cursor <column>', text: 'column that grows with every change, for `incremental` (with URLs)' },
];
const runOptions: readonly OptionSpec[] = [
  { flags: '--max-rejects <rows>', text: 'rows that may be rejected before the run fails', kind: 'count' },
  { flags: '--parallel <lanes>', text: 'lanes that run side by side', kind: 'count' },
];

const half: OptionSpec = {
  flags: '--half <half>',
  text: 'of a pipeline with `via`: only the half at its source, or at its destination',
  choices: ['source', 'destination'],
};

const via: OptionSpec = {
  flags: '--via <url>',
  text: 'go over the topics of a Kafka cluster (with URLs)',
};
const relay: readonly OptionSpec[] = [via, half];

const acceptDestructive: OptionSpec = {
  flags: '--accept-destructive <patterns>',
  text: 'do what `plan` marks as destructive to the targets of these tables: it can lose data',
  kind: 'list',
};

/** Every command of millrace, in the order of the help. */
export const commands: readonly CommandSpec[] = [
  {
    name: 'quickstart',
    args: '[folder]',
    summary: 'see it work: bundled files into DuckDB, changed, synced again, verified, built on by models',
    description: 'Needs no server and no account. Without a folder a new one is made in the temporary folder.',
    examples: ['millrace quickstart', 'millrace quickstart first-look'],
    load: () => import('./commands/quickstart.ts'),
  },
  {
    name: 'init',
    args: '[urls...]',
    summary: 'write a millrace.yaml, asked for or made from two URLs',
    description:
      'Passwords in the URLs go to `.env`, the project file holds only references to them. Never overwrites a file.',
    options: [tables, ...urlOptions],
    examples: ['millrace init', "millrace init mysql://me@db1/shop tidb://me@db2/shop --tables 'shop.*'"],
    load: () => import('./commands/init.ts'),
  },
  {
    name: 'check',
    args: PLACE,
    summary: 'look for everything that would stop a sync: connections, privileges, types, modes',
    options: [urlTables, ...urlOptions, ...relay],
    completes: 'pipeline',
    examples: ['millrace check', 'millrace check shop --json'],
    load: () => import('./commands/check.ts'),
  },
  {
    name: 'discover',
    args: '[connection-or-url]',
    summary: 'list the tables of a connection',
    options: [tables],
    completes: 'connection',
    examples: ['millrace discover prod', "millrace discover mysql://me@db1 --tables 'shop.*'"],
    load: () => import('./commands/discover.ts'),
  },
  {
    name: 'preview',
    args: '<table> [connection-or-url]',
    summary: 'show some rows of a table as they would be read',
    description: 'What pipelines of the project hash or mask is shown as `***`.',
    options: [{ flags: '-n, --limit <rows>', text: 'how many rows (5 without it)', kind: 'count' }],
    completes: 'table',
    examples: ['millrace preview shop.orders prod -n 3'],
    load: () => import('./commands/preview.ts'),
  },
  {
    name: 'tail',
    args: '<table-or-topic> [connection-or-url]',
    summary: 'show changes as they come, values before and after',
    description:
      'From now on, until Ctrl-C; nothing is copied and no position is kept. What pipelines of the project hash or mask is shown as `***`.',
    options: [{ flags: '-n, --limit <changes>', text: 'end after so many', kind: 'count' }],
    completes: 'table',
    examples: ['millrace tail shop.orders prod', 'millrace tail shop.orders mysql://me@db1 -n 10 --json'],
    load: () => import('./commands/tail.ts'),
  },
  {
    name: 'plan',
    args: PLACE,
    summary: 'show what sync would change at the destination: DDL, what is destructive, row estimates',
    options: [
      tables,
      ...urlOptions,
      ...relay,
      { flags: '--exit-code', text: 'exit with 4 where there is something to do' },
    ],
    completes: 'pipeline',
    load: () => import('./commands/plan.ts'),
  },
  {
    name: 'sync',
    args: PLACE,
    summary: 'move what is new, from where the last run ended',
    description:
      'Runs every pipeline of the project, those that are named, or one that is given by two URLs. The first Ctrl-C stops at the next commit, the second at once; the next sync goes on from there either way.',
    options: [
      tables,
      ...urlOptions,
      ...runOptions,
      acceptDestructive,
      ...relay,
      { flags: '--until-equal', text: 'compare after it, and run again until both sides are equal: for a cut-over' },
    ],
    completes: 'pipeline',
    examples: [
      'millrace sync',
      "millrace sync mysql://me@db1/shop tidb://me@db2/shop --tables 'shop.*'",
      "millrace sync mysql://me@db1/shop tidb://me@db2/shop --via 'kafka://broker:9092?registry=http://registry:8081' --read cdc",
    ],
    load: () => import('./commands/sync.ts'),
  },
  {
    name: 'stream',
    args: PLACE,
    summary: 'follow the changes of one pipeline until a signal',
    description:
      'Begins as `sync` does, then waits for more instead of ending. What is not read by `cdc` is read once. Connections stay open: a cluster that pauses when nobody is connected stays awake, and is billed. The first Ctrl-C stops at the next commit, with exit code 0.',
    options: [tables, ...urlOptions, ...runOptions, acceptDestructive, ...relay],
    completes: 'pipeline',
    examples: ['millrace stream shop', 'millrace stream mysql://me@db1/shop tidb://me@db2/shop --read cdc'],
    load: () => import('./commands/stream.ts'),
  },
  {
    name: 'reload',
    args: '<table> [pipeline-or-urls...]',
    summary: 'read one table again without touching the others',
    options: [
      { flags: '--where <condition>', text: "only these rows, a condition in the source's SQL; written by key" },
      urlTables,
      ...urlOptions,
      ...runOptions,
      ...relay,
    ],
    completes: 'table',
    examples: ["millrace reload shop.orders --where 'id > 1000'"],
    load: () => import('./commands/reload.ts'),
  },
  {
    name: 'verify',
    args: PLACE,
    summary: 'compare source and destination inside the databases and show the rows that differ',
    options: [
      tables,
      ...urlOptions,
      via,
      {
        flags: '-n, --limit <rows>',
        text: 'how many differing rows to show of a table (20 without it)',
        kind: 'count',
      },
    ],
    completes: 'pipeline',
    load: () => import('./commands/verify.ts'),
  },
  ...modelCommands,
  ...modelLookCommands,
  {
    name: 'changefeed',
    args: '<tidb> <kafka>',
    summary: 'print the changefeed by which TiDB tells its changes into topics, and how to follow it',
    description:
      'Of a TiDB and a Kafka, each a connection of the project or a URL: the command of TiCDC and the settings of the console of TiDB Cloud, from this moment on, and the two pipelines that copy the tables and follow the topics. Nothing is made.',
    options: [tables],
    completes: 'connection',
    examples: ["millrace changefeed prod broker --tables 'shop.*'"],
    load: () => import('./commands/changefeed.ts'),
  },
  {
    name: 'grants',
    args: PLACE,
    summary: 'print the least GRANT statements that each side needs',
    options: [urlTables, ...urlOptions, ...relay],
    completes: 'pipeline',
    load: () => import('./commands/grants.ts'),
  },
  {
    name: 'position show',
    args: PLACE,
    summary: 'how far a pipeline has come, from the local copy, with its age',
    options: [{ flags: '--live', text: 'ask the destination (wakes it)' }, urlTables, ...relay],
    completes: 'pipeline',
    load: () => import('./commands/position-show.ts'),
  },
  {
    name: 'position set',
    args: '<lane> <position> [pipeline-or-urls...]',
    summary: 'put a lane at a position by hand (both as `position show --json` prints them)',
    options: [urlTables, ...relay, yes],
    load: () => import('./commands/position-set.ts'),
  },
  {
    name: 'position reset',
    args: PLACE,
    summary: 'forget positions, so that the next sync reads again; tables of rows stay',
    options: [tables, ...relay, yes],
    completes: 'pipeline',
    load: () => import('./commands/position-reset.ts'),
  },
  {
    name: 'drop',
    args: PLACE,
    summary: 'remove a pipeline: says what it leaves in the databases and offers to clean it',
    description:
      'Never drops a table of rows. With `--clean` positions and unfinished build tables are removed at the destination; without it only the local copy is.',
    options: [
      { flags: '--clean', text: 'also remove what the pipeline keeps at the destination' },
      urlTables,
      ...relay,
      yes,
    ],
    completes: 'pipeline',
    load: () => import('./commands/drop.ts'),
  },
  {
    name: 'history list',
    args: '[pipeline]',
    summary: 'past runs, newest first, without touching a database',
    options: [{ flags: '-n, --limit <runs>', text: 'how many (20 without it)', kind: 'count' }],
    completes: 'pipeline',
    load: () => import('./commands/history-list.ts'),
  },
  {
    name: 'history show',
    args: '[run]',
    summary: 'what a run did, table by table (the last run without a name)',
    completes: 'run',
    load: () => import('./commands/history-show.ts'),
  },
  {
    name: 'history logs',
    args: '[run]',
    summary: 'the events of a run, as they came',
    completes: 'run',
    load: () => import('./commands/history-logs.ts'),
  },
  {
    name: 'config show',
    summary: 'the project as it was read, secrets as references',
    load: () => import('./commands/config-show.ts'),
  },
  {
    name: 'config schema',
    summary: 'the JSON Schema of millrace.yaml',
    load: () => import('./commands/config-schema.ts'),
  },
  {
    name: 'completion',
    args: '<shell>',
    summary: 'print a completion script: bash, zsh or fish',
    completes: 'shell',
    examples: ['source <(millrace completion bash)', 'millrace completion fish | source'],
    load: () => import('./commands/completion.ts'),
  },
];

/** What the two-word commands have in common. */
export const families: Readonly<Record<string, string>> = {
  position: 'look at, set or reset how far a pipeline has come',
  history: 'past runs',
  config: 'the project file and its schema',
  source: 'the sources of a dbt project',
  docs: 'the catalog of a dbt project, and the page that shows it',
};

/** Options of every command. */
export const globalOptions: readonly OptionSpec[] = [
  { flags: '-p, --project <file>', text: 'the project file or its folder (millrace.yaml here or above without it)' },
  { flags: '--json', text: 'machine output on stdout: one object, or one event a line for runs' },
  { flags: '-q, --quiet', text: 'no progress and no notes; results and errors stay' },
  { flags: '--no-color', text: 'no colours (also NO_COLOR)' },
  { flags: '--debug', text: 'causes and stacks of errors' },
];
