import type { Adapter } from '../../transforms/adapter/adapter.ts';
import { openAdapter } from '../../transforms/adapter/open.ts';
import { noSignal } from '../inspection.ts';
import type { OpenModels } from './opening.ts';

/** Connects to the target, for verbs that look and hold nothing worth saving. @throws MillraceError */
export function openTarget({ profile, root }: OpenModels): Promise<Adapter> {
  return openAdapter(profile, { root, emit: () => undefined, signal: noSignal });
}
