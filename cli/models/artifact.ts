import { REPORTED_VERSION } from '../../transforms/project/version-spec.ts';
import type { Invocation } from '../../transforms/run/run-results.ts';
import type { OpenModels } from './opening.ts';

/** This invocation, as artifacts tell of it. */
export function invocationOf({ id, startedAt }: OpenModels): Invocation {
  return { id, startedAt, dbtVersion: REPORTED_VERSION, env: {} };
}
