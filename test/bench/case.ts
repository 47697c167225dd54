import type { Lab } from './lab.ts';
import type { Result } from './result.ts';

/** Something that is measured, with its ceiling or its peer in the same run. */
export interface Case {
  readonly name: string;
  readonly text: string;
  /** @throws Unavailable where this machine cannot have what it needs */
  readonly run: (lab: Lab) => Promise<Result[]>;
}
