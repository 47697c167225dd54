import type { CommandSpec } from '../command.ts';
import {
  deferOptions,
  fullRefresh,
  modelRunOptions,
  projectOptions,
  selectionOptions,
  storeFailures,
  typeOptions,
  windowOptions,
} from './options.ts';

const common = [...selectionOptions, ...deferOptions, ...modelRunOptions, ...projectOptions];

/** The verbs of a project of models, by dbt's names. */
export const modelCommands: readonly CommandSpec[] = [
  {
    name: 'build',
    summary: 'make and test everything of a dbt project, in the order of its graph',
    description:
      'Seeds, snapshots, models and tests: what a failed test looks at holds up what is made from it, and a failed unit test its model. The first Ctrl-C lets what runs end and begins nothing more, the second cancels it.',
    options: [...common, ...typeOptions, fullRefresh, storeFailures, ...windowOptions],
    examples: ['millrace build', "millrace build --select 'orders+' --target tidb"],
    dbtExits: true,
    load: () => import('../commands/model-build.ts'),
  },
  {
    name: 'run',
    summary: 'make the models of a dbt project',
    options: [...common, fullRefresh, ...windowOptions],
    examples: ['millrace run', 'millrace run --select tag:nightly --full-refresh'],
    dbtExits: true,
    load: () => import('../commands/model-run.ts'),
  },
  {
    name: 'test',
    summary: 'run the tests and unit tests of a dbt project',
    options: [...common, ...typeOptions, storeFailures],
    examples: [
      'millrace test',
      'millrace test --select test_type:unit',
      'millrace test --select orders --store-failures',
    ],
    dbtExits: true,
    load: () => import('../commands/model-test.ts'),
  },
  {
    name: 'seed',
    summary: 'load the CSV files of a dbt project as tables',
    options: [...common, fullRefresh],
    examples: ['millrace seed', 'millrace seed --full-refresh'],
    dbtExits: true,
    load: () => import('../commands/model-seed.ts'),
  },
  {
    name: 'snapshot',
    summary: 'bring the snapshots of a dbt project up to date',
    description: 'A history is never built anew: there is no `--full-refresh` for it.',
    options: common,
    examples: ['millrace snapshot', 'millrace snapshot --select order_states'],
    dbtExits: true,
    load: () => import('../commands/model-snapshot.ts'),
  },
  {
    name: 'retry',
    summary: 'run again what failed or was skipped in the last run of models',
    description: 'By the verb and options of that run, which it finds in `target/run_results.json`.',
    options: [
      { flags: '--state <folder>', text: 'the folder of that run_results.json' },
      ...modelRunOptions,
      ...projectOptions,
      fullRefresh,
    ],
    examples: ['millrace retry'],
    dbtExits: true,
    load: () => import('../commands/model-retry.ts'),
  },
  {
    name: 'run-operation',
    args: '<macro>',
    summary: 'run a macro of a dbt project',
    options: [{ flags: '--args <yaml>', text: "what it is called with: '{role: reporter}'" }, ...projectOptions],
    examples: ["millrace run-operation grant_select --args '{role: reporter}'"],
    dbtExits: true,
    load: () => import('../commands/run-operation.ts'),
  },
];
