import fc from 'fast-check';

/**
 * The seed of every random test. The same in each run, so that a change is judged by what it changes; another number looks further, and
 * `MILLRACE_TEST_SEED=$RANDOM` in a loop is how to look for long.
 */
export const seed = Number(process.env.MILLRACE_TEST_SEED ?? 3);

fc.configureGlobal({ seed });

export { fc };
