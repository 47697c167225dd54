import { hash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { filesBelow, namesBelow, type ProjectFile, textIfThere } from './files.ts';

/** What was seen of files, by what was looked at: digests of texts and of lists of names. */
export type Seen = ReadonlyMap<string, string>;

const NONE = 'none';
const FOLDER = 'folder ';
const LARGE = 'large ';

/** The files of a project and its packages as one load sees them; what it saw can be compared with what is there later. */
export class ProjectFiles {
  readonly #seen = new Map<string, string>();
  readonly #names = new Map<string, readonly string[]>();

  get seen(): Seen {
    return this.#seen;
  }

  /** As `filesBelow`. */
  below(root: string, folders: readonly string[], endings: readonly string[]): ProjectFile[] {
    return filesBelow(root, folders, endings, this);
  }

  text(path: string): string {
    const text = readFileSync(path, 'utf8');
    this.#seen.set(path, digestOf(text));
    return text;
  }

  /** Undefined, and not read, where the file has more bytes. */
  textUpTo(path: string, bytes: number): string | undefined {
    if (statSync(path).size <= bytes) return this.text(path);
    this.#seen.set(path, `${LARGE}${bytes}`);
    return undefined;
  }

  names(folder: string): readonly string[] {
    const known = this.#names.get(folder);
    if (known !== undefined) return known;
    const names = namesBelow(folder);
    this.#names.set(folder, names);
    this.#seen.set(FOLDER + folder, digestOf(names.join('\n')));
    return names;
  }

  textIfThere(path: string): string | undefined {
    const text = textIfThere(path);
    this.#seen.set(path, digestOf(text));
    return text;
  }
}

/** The files whose text is not what was seen; undefined where a folder has other files, or a file is gone. */
export function changedSince(seen: Seen): string[] | undefined {
  const changed: string[] = [];
  for (const [path, digest] of seen) {
    if (path.startsWith(FOLDER)) {
      if (digestOf(namesBelow(path.slice(FOLDER.length)).join('\n')) !== digest) return undefined;
      continue;
    }
    if (digest.startsWith(LARGE)) {
      if (!isLarger(path, Number(digest.slice(LARGE.length)))) return undefined;
      continue;
    }
    const text = textIfThere(path);
    if (digestOf(text) === digest) continue;
    if (text === undefined || digest === NONE) return undefined;
    changed.push(path);
  }
  return changed;
}

function isLarger(path: string, bytes: number): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > bytes;
}

function digestOf(text: string | undefined): string {
  return text === undefined ? NONE : hash('sha256', text, 'base64url');
}
