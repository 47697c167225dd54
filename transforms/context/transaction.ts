import type { AdapterSession } from '../adapter/adapter.ts';
import type { RelationName } from '../adapter/relation.ts';

/**
 * The transaction of a materialization that is a macro, as dbt has it: the first statement with `auto_begin` begins it, `adapter.commit()` ends
 * it, and what was not committed when the macro ends is rolled back. On MySQL's family every DDL commits what is open.
 */
export class Transaction {
  #session: AdapterSession | undefined;
  #changed = false;
  readonly #temporaries: RelationName[] = [];

  get isOpen(): boolean {
    return this.#session !== undefined;
  }

  async begin(session: AdapterSession): Promise<void> {
    if (this.#session !== undefined) return;
    await session.begin();
    this.#session = session;
    this.#changed = false;
  }

  /** A statement that is no query ran. */
  change(): void {
    this.#changed = this.isOpen;
  }

  async commit(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.commit();
  }

  /** A table that is to go when the node has ended: it stands for a temporary one, of which MySQL's family has only small ones. */
  temporary(name: RelationName): void {
    this.#temporaries.push(name);
  }

  /** Rolls back what is open, drops what was temporary, and forgets what was known of relations. Gives whether something was lost by that. */
  async end(session: AdapterSession): Promise<boolean> {
    const wasOpen = this.isOpen;
    this.#session = undefined;
    if (wasOpen) await session.rollback();
    const standing = this.#temporaries.length === 0 ? [] : await session.standing(this.#temporaries);
    for (const relation of standing) if (relation !== undefined) await session.dropRelation(relation);
    session.adapter.forget();
    return wasOpen && this.#changed;
  }
}
