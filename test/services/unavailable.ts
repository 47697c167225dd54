import type { ServerKind } from './kind.ts';

/** A server that this machine cannot have. The reason is for a person to read, and to mend. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  readonly kind: ServerKind;

  constructor(kind: ServerKind, reason: string, cause?: unknown) {
    super(`${kind}: ${reason}`, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}
