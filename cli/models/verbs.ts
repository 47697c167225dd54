import type { ModelVerb } from './execution.ts';

/** What the verbs that run nodes run. */
export const verbs = {
  run: { which: 'run', types: ['model'], testsBetween: false },
  test: { which: 'test', types: ['test', 'unit_test'], testsBetween: false },
  seed: { which: 'seed', types: ['seed'], testsBetween: false },
  snapshot: { which: 'snapshot', types: ['snapshot'], testsBetween: false },
  /** Seeds, snapshots, models and tests in the order of the graph. */
  build: { which: 'build', types: ['seed', 'model', 'snapshot', 'test', 'unit_test'], testsBetween: true },
} as const satisfies Record<string, ModelVerb>;
