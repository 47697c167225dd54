import type { CommandSpec, OptionSpec } from '../command.ts';
import {
  deferOptions,
  modelRunOptions,
  projectOptions,
  selectionOptions,
  stateOption,
  typeOptions,
} from './options.ts';

const page: OptionSpec = {
  flags: '--page <file>',
  text: "a page of one's own, or `dbt`: that of the installed dbt-core",
};

const inline: OptionSpec = {
  flags: '--inline <query>',
  text: 'a query with its template, in place of a selection',
};

/** The verbs that look at a project of models and change nothing in the database, by dbt's names. */
export const modelLookCommands: readonly CommandSpec[] = [
  {
    name: 'compile',
    summary: 'write the SQL that the nodes of a dbt project come to',
    description:
      'Into `target/compiled`, a file each; of nodes that are selected it goes to stdout too. The database is asked only where a template asks it.',
    options: [
      ...selectionOptions,
      ...deferOptions,
      ...projectOptions,
      ...typeOptions,
      { flags: '--no-introspect', text: 'never ask the database: templates that do so fail' },
      inline,
      {
        flags: '--output <form>',
        text: 'how what is selected goes to stdout (`text` without it)',
        choices: ['text', 'json'],
      },
    ],
    examples: ['millrace compile', 'millrace compile --select orders --target tidb'],
    dbtExits: true,
    load: () => import('../commands/model-compile.ts'),
  },
  {
    name: 'show',
    summary: 'show the first rows that a model of a dbt project, or a query, gives',
    description:
      'Builds nothing: the query of the node is run as it is compiled now; of a seed the table is read. Of terms such as `+orders` only what they name is shown.',
    options: [
      ...selectionOptions,
      ...deferOptions,
      ...projectOptions,
      inline,
      { flags: '--limit <rows>', text: 'how many rows (5 without it, -1: all)', kind: 'integer' },
      { flags: '--output <form>', text: 'a table, or JSON (`text` without it)', choices: ['text', 'json'] },
    ],
    examples: ['millrace show --select orders', `millrace show --inline "select count(*) from {{ ref('orders') }}"`],
    dbtExits: true,
    load: () => import('../commands/model-show.ts'),
  },
  {
    name: 'list',
    aliases: ['ls'],
    summary: 'list the nodes of a dbt project that a selection names',
    options: [
      ...selectionOptions,
      stateOption,
      ...projectOptions,
      ...typeOptions,
      {
        flags: '--output <form>',
        text: 'what a line shows (`selector` without it)',
        choices: ['selector', 'name', 'path', 'json'],
      },
      {
        flags: '--output-keys <keys...>',
        text: 'the fields that `--output json` shows: `name`, `config.materialized`',
        kind: 'words',
      },
    ],
    examples: ['millrace ls --select +orders', 'millrace ls --resource-type test --output json'],
    dbtExits: true,
    load: () => import('../commands/model-list.ts'),
  },
  {
    name: 'parse',
    summary: 'read a dbt project, tell what is wrong with it, and write target/manifest.json',
    options: projectOptions,
    dbtExits: true,
    load: () => import('../commands/model-parse.ts'),
  },
  {
    name: 'source freshness',
    aliases: ['snapshot-freshness'],
    summary: 'ask whether the newest rows of sources are as new as they have to be',
    description:
      'By `loaded_at_field` or `loaded_at_query` in the database; of a source that has neither and that a pipeline of millrace.yaml fills, by the history of its runs, without asking the database. Leaves target/sources.json. The exit code is 1 where a source is older than `error_after` or could not be asked.',
    options: [
      ...selectionOptions,
      stateOption,
      ...projectOptions,
      ...modelRunOptions.filter(({ flags }) => /^--(threads|log-format) /.test(flags)),
      { flags: '-o, --output <file>', text: 'where to write, instead of target/sources.json' },
    ],
    examples: ['millrace source freshness', 'millrace source freshness --select source:till'],
    dbtExits: true,
    load: () => import('../commands/source-freshness.ts'),
  },
  {
    name: 'docs generate',
    summary: 'write the catalog of a dbt project: target/catalog.json, manifest.json and a page that shows them',
    description:
      'Columns, types, comments and numbers of rows come from the catalogue of the database. The page is of millrace itself; `--page dbt` takes that of the dbt-core that is installed in the active virtual environment, or in `.venv` or `venv` of the project.',
    options: [
      ...selectionOptions,
      ...deferOptions,
      ...projectOptions,
      page,
      { flags: '--static', text: 'a page with everything inside too, which opens from disk: target/static_index.html' },
      { flags: '--empty-catalog', text: 'do not ask the database for its columns' },
      { flags: '--no-compile', text: 'leave compiled SQL out of manifest.json' },
    ],
    examples: ['millrace docs generate', 'millrace docs generate --static --page dbt'],
    dbtExits: true,
    load: () => import('../commands/docs-generate.ts'),
  },
  {
    name: 'docs serve',
    summary: 'show what `docs generate` wrote in a browser, until Ctrl-C',
    options: [
      ...projectOptions.filter(({ flags }) => /^--(project-dir|target-path) /.test(flags)),
      page,
      { flags: '--host <address>', text: 'where to listen (127.0.0.1 without it)' },
      { flags: '--port <number>', text: 'the port (8080 without it; 0: a free one)', kind: 'count' },
      { flags: '--no-browser', text: 'do not open a browser' },
    ],
    examples: ['millrace docs serve --port 8081'],
    dbtExits: true,
    load: () => import('../commands/docs-serve.ts'),
  },
  {
    name: 'debug',
    summary: 'show where a dbt project and its profile are found, and whether the target answers',
    options: projectOptions,
    dbtExits: true,
    load: () => import('../commands/model-debug.ts'),
  },
  {
    name: 'deps',
    summary: 'install the packages that packages.yml or dependencies.yml of a dbt project asks for',
    description:
      'From the hub, folders, git repositories and archives; in the versions of package-lock.yml, which is written where it is missing or the file has changed.',
    options: [
      ...projectOptions.filter(({ flags }) => /^--(project-dir|vars) /.test(flags)),
      { flags: '--upgrade', text: 'look for newer revisions than those of package-lock.yml' },
      { flags: '--lock', text: 'write package-lock.yml and install nothing' },
      { flags: '--add-package <package>', text: 'write it into the file first: `dbt-labs/dbt_utils@1.3.0`' },
      { flags: '--source <kind>', text: 'where that package is (`hub` without it)', choices: ['hub', 'git', 'local'] },
    ],
    examples: [
      'millrace deps',
      'millrace deps --upgrade',
      "millrace deps --add-package 'dbt-labs/dbt_utils@>=1.0.0,<2.0.0'",
    ],
    dbtExits: true,
    load: () => import('../commands/model-deps.ts'),
  },
  {
    name: 'clean',
    summary: 'remove the folders that `clean-targets` of a dbt project names',
    options: projectOptions,
    dbtExits: true,
    load: () => import('../commands/model-clean.ts'),
  },
];
