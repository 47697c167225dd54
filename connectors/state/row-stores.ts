import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PipelineId, RowStores } from '../contract/index.ts';
import { FileRowStore } from './row-store.ts';

/** A folder of a pipeline's own beside the local state, with a file for each stream. */
export class FileRowStores implements RowStores {
  readonly #folder: string;
  readonly #stores = new Map<string, FileRowStore>();

  constructor(folder: string, pipeline: PipelineId) {
    this.#folder = join(folder, pipeline);
  }

  of(stream: string): FileRowStore {
    const known = this.#stores.get(stream);
    if (known !== undefined) return known;
    const name = createHash('sha256').update(stream).digest('hex').slice(0, 32);
    const store = new FileRowStore(join(this.#folder, `${name}.db`));
    this.#stores.set(stream, store);
    return store;
  }

  forget(): void {
    this[Symbol.dispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  [Symbol.dispose](): void {
    for (const store of this.#stores.values()) store[Symbol.dispose]();
    this.#stores.clear();
  }
}
