import { indirectModes } from '../../transforms/graph/selection-spec.ts';
import type { OptionSpec } from '../command.ts';

/** Where the project is and what it is run against: of every verb of models. By dbt's names. */
export const projectOptions: readonly OptionSpec[] = [
  { flags: '--project-dir <folder>', text: 'the folder of dbt_project.yml (here or above without it)' },
  { flags: '--profiles-dir <folder>', text: 'the folder of profiles.yml' },
  { flags: '--profile <name>', text: 'the profile, instead of the one that the project names' },
  { flags: '--target <name>', text: 'the target of the profile, instead of its default' },
  { flags: '--target-path <folder>', text: 'where artifacts and compiled files go (`target` without it)' },
  { flags: '--vars <yaml>', text: "vars that win over the project's: '{day: 2026-01-31}'" },
];

/** Which nodes: of every verb that works on some. */
export const selectionOptions: readonly OptionSpec[] = [
  {
    flags: '-s, --select <terms...>',
    text: 'these nodes: `orders+`, `tag:nightly`, `path:models/marts`',
    kind: 'words',
  },
  { flags: '--exclude <terms...>', text: 'not these', kind: 'words' },
  { flags: '--selector <name>', text: 'the nodes of an entry of selectors.yml' },
  {
    flags: '--indirect-selection <mode>',
    text: 'which tests come with what they test (`eager` without it)',
    choices: indirectModes,
  },
];

/** What an earlier run left, to choose by: of every verb that works on some nodes. */
export const stateOption: OptionSpec = {
  flags: '--state <folder>',
  text: 'the artifacts of an earlier run to compare with: for `state:modified`, `result:error`, `--defer`',
};

/** Where references lead: of every verb that compiles. */
export const deferOptions: readonly OptionSpec[] = [
  stateOption,
  {
    flags: '--defer',
    text: 'let references to nodes that are not there lead to where the manifest of `--state` has them',
  },
  { flags: '--no-defer', text: 'do not, whatever DBT_DEFER says' },
  { flags: '--favor-state', text: 'with `--defer`: also to nodes that are there and not selected' },
  { flags: '--defer-state <folder>', text: 'the artifacts for `--defer`, where they are not those of `--state`' },
];

export const typeOptions: readonly OptionSpec[] = [
  { flags: '--resource-type <types...>', text: 'only nodes of these kinds: `model`, `test`', kind: 'words' },
  { flags: '--exclude-resource-type <types...>', text: 'no nodes of these kinds', kind: 'words' },
];

/** How nodes run: of every verb that runs some. */
export const modelRunOptions: readonly OptionSpec[] = [
  { flags: '--threads <count>', text: 'nodes at once, instead of what the target says', kind: 'count' },
  { flags: '-x, --fail-fast', text: 'end at the first failure: cancel what runs, skip the rest' },
  { flags: '--warn-error', text: 'take warnings of tests for failures' },
  { flags: '--log-format <format>', text: '`json`: as --json', choices: ['text', 'json'] },
];

export const fullRefresh: OptionSpec = {
  flags: '-f, --full-refresh',
  text: 'build incremental models anew, as seeds always are',
};
/** Which rows are read: of the verbs that make models. */
export const windowOptions: readonly OptionSpec[] = [
  { flags: '--event-time-start <moment>', text: 'make the batches of microbatch models from here on: 2026-01-31' },
  { flags: '--event-time-end <moment>', text: 'up to here, which is not of them' },
  { flags: '--sample <window>', text: "read only rows of a time of what has an `event_time`: '3 days'" },
  { flags: '--empty', text: 'read no rows: make everything with its columns alone' },
];
export const storeFailures: OptionSpec = {
  flags: '--store-failures',
  text: 'keep the rows that fail a test in tables',
};
