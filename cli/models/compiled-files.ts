import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ManifestNode } from '../../transforms/project/manifest.ts';
import { compiledFile } from '../../transforms/project/target-files.ts';
import type { OpenModels } from './opening.ts';

/** The files in which people find the SQL of nodes as it is sent. */
export class CompiledFiles {
  readonly #target: OpenModels['target'];
  readonly #made = new Set<string>();

  constructor({ target }: OpenModels) {
    this.#target = target;
  }

  /** From the root of the project; undefined for what has none. */
  shown(node: ManifestNode): string | undefined {
    const file = compiledFile(node);
    return file === undefined ? undefined : `${this.#target.shown}/compiled/${file}`;
  }

  /** At once: thousands of small files take several times as long through Node's threads, which wait for each other in the file system. */
  keep(node: ManifestNode, code: string): void {
    const file = compiledFile(node);
    if (file === undefined) return;
    const path = join(this.#target.path, 'compiled', file);
    const folder = dirname(path);
    if (!this.#made.has(folder)) mkdirSync(folder, { recursive: true });
    this.#made.add(folder);
    writeFileSync(path, code);
  }
}
