import {
  type EventSink,
  millraceError,
  type Reject,
  type RejectGate,
  streamText,
  type Target,
} from '../contract/index.ts';
import { now } from './ledger.ts';

/** The rows that a run has rejected, against those that it may reject. */
export class Rejects {
  readonly #allowed: number;
  readonly #emit: EventSink;
  /** Key columns by stream: a row is named by its key, never by its other values. */
  readonly #keys: ReadonlyMap<string, readonly string[]>;
  #seen = 0;

  constructor(allowed: number, emit: EventSink, targets: readonly Target[]) {
    this.#allowed = allowed;
    this.#emit = emit;
    this.#keys = new Map(targets.map(({ source }) => [streamText(source.stream), source.key ?? []]));
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
  #take(reject: Reject): void {
    const { stream, code, message } = reject;
    this.#emit({ event: 'rejected', at: now(), stream, code, message });
    this.#seen++;
    if (this.#seen <= this.#allowed) return;
    const limit = this.#allowed === 0 ? 'none may be' : `${this.#allowed} may be`;
    throw millraceError('rejects.too-many', `${stream}: a row was rejected, ${limit}: ${message}`, {
      at: `${stream}${this.#keyText(reject)}`,
    });
  }

  /** ` (id=5)`; nothing for rows without a key. */
  #keyText({ stream, row }: Reject): string {
    const values = JSON.parse(row) as Record<string, string | null>;
    // A message that could not be read has no columns.
    const known = (this.#keys.get(stream) ?? []).filter((name) => name in values);
    const parts = known.map((name) => `${name}=${values[name] ?? 'NULL'}`);
    return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
  }
}

/** Rejects of a transaction that was rolled back come again with the next attempt, and count once. */
export interface RejectAttempt {
  readonly gate: RejectGate;
  committed(): void;
  rolledBack(): void;
}
