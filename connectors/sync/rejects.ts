import { type EventSink, millraceError, type Reject, type RejectGate } from '../contract/index.ts';
import { now } from './ledger.ts';

/** The rows that a run has rejected, against those that it may reject. */
export class Rejects {
  readonly #allowed: number;
  readonly #emit: EventSink;
  #seen = 0;

  constructor(allowed: number, emit: EventSink) {
    this.#allowed = allowed;
    this.#emit = emit;
  }

  /** The rejects of one attempt at a lane. */
  attempt(): RejectAttempt {
    let open = 0;
    return {
      gate: (reject) => {
        open++;
        this.#take(reject);
      },
      committed: () => {
        open = 0;
      },
      rolledBack: () => {
        this.#seen -= open;
        open = 0;
      },
    };
  }

  /** Tells of a rejected row. Throws `rejects.too-many` when there are more than allowed. */
  #take({ stream, code, message }: Reject): void {
    this.#emit({ event: 'rejected', at: now(), stream, code, message });
    this.#seen++;
    if (this.#seen <= this.#allowed) return;
    const limit = this.#allowed === 0 ? 'none may be' : `${this.#allowed} may be`;
    throw millraceError('rejects.too-many', `${stream}: a row was rejected, ${limit}: ${message}`, { at: stream });
  }
}

/** Rejects of a transaction that was rolled back come again with the next attempt, and count once. */
export interface RejectAttempt {
  readonly gate: RejectGate;
  committed(): void;
  rolledBack(): void;
}
