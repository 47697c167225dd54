import type { CommandSpec } from '../command.ts';
import { projectOptions, selectionOptions, typeOptions } from './options.ts';

/** The verbs that look at a project of models and change nothing in the database, by dbt's names. */
export const modelLookCommands: readonly CommandSpec[] = [
  {
    name: 'compile',
    summary: 'write the SQL that the nodes of a dbt project come to',
    description:
      'Into `target/compiled`, a file each; of nodes that are selected it goes to stdout too. The database is asked only where a template asks it.',
    options: [
      ...selectionOptions,
      ...projectOptions,
      ...typeOptions,
      { flags: '--no-introspect', text: 'never ask the database: templates that do so fail' },
    ],
    examples: ['millrace compile', 'millrace compile --select orders --target tidb'],
    dbtExits: true,
    load: () => import('../commands/model-compile.ts'),
  },
  {
    name: 'list',
    aliases: ['ls'],
    summary: 'list the nodes of a dbt project that a selection names',
    options: [
      ...selectionOptions,
      ...projectOptions,
      ...typeOptions,
      { flags: '--output <form>', text: 'what a line shows (`selector` without it)', choices: ['selector', 'name', 'path', 'json'] }, // biome-ignore format: one option
      { flags: '--output-keys <keys...>', text: 'the fields that `--output json` shows: `name`, `config.materialized`', kind: 'words' }, // biome-ignore format: one option
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
    name: 'debug',
    summary: 'show where a dbt project and its profile are found, and whether the target answers',
    options: projectOptions,
    dbtExits: true,
    load: () => import('../commands/model-debug.ts'),
  },
  {
    name: 'clean',
    summary: 'remove the folders that `clean-targets` of a dbt project names',
    options: projectOptions,
    dbtExits: true,
    load: () => import('../commands/model-clean.ts'),
  },
];
