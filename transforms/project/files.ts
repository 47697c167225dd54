import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { matches } from '../graph/wildcard.ts';

/** A file of a package. */
export interface ProjectFile {
  /** As the machine names it. */
  readonly path: string;
  /** From the root of the package: `models/staging/stg_orders.sql`. */
  readonly original: string;
  /** From the folder of the list of paths: `staging/stg_orders.sql`. */
  readonly relative: string;
}

/** How files are looked for. */
export interface Look {
  names(folder: string): readonly string[];
  textIfThere(path: string): string | undefined;
}

/**
 * The files below these folders with one of the endings, in order of name. Names that begin with a dot, `#` or `~`, and what
 * `.dbtignore` names, are left out; a folder that does not exist has none.
 */
export function filesBelow(
  root: string,
  folders: readonly string[],
  endings: readonly string[],
  look: Look = ON_DISK,
): ProjectFile[] {
  const ignored = ignoredOf(look.textIfThere(join(root, '.dbtignore')));
  const found: ProjectFile[] = [];
  for (const folder of folders) {
    for (const path of look.names(join(root, folder))) {
      const original = slashed(relative(root, path));
      const name = original.slice(original.lastIndexOf('/') + 1);
      if (!endings.some((ending) => name.toLowerCase().endsWith(ending)) || /^[.#~]/.test(name)) continue;
      if (!ignored(original)) found.push({ path, original, relative: slashed(relative(join(root, folder), path)) });
    }
  }
  return found;
}

function slashed(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/');
}

/** All files below a folder, sorted by their whole paths; none where there is no such folder. */
export function namesBelow(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Lines of `.dbtignore` are as those of `.gitignore`: a path or a name, of a file or of a folder; `!` takes back. */
function ignoredOf(text = ''): (path: string) => boolean {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const rules = lines.filter((line) => line !== '' && !line.startsWith('#')).map(ruleOf);
  if (rules.length === 0) return () => false;
  return (path) => rules.reduce((ignored, { negated, test }) => (test(path) ? !negated : ignored), false);
}

const ON_DISK: Look = { names: namesBelow, textIfThere };

export function textIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function ruleOf(line: string): { negated: boolean; test: (path: string) => boolean } {
  const negated = line.startsWith('!');
  const written = negated ? line.slice(1) : line;
  const anchored = written.replace(/\/+$/, '').includes('/');
  const folderOnly = written.endsWith('/');
  const pattern = written.replace(/^\//, '').replace(/\/+$/, '').split('/');
  const test = (path: string) => {
    const parts = path.split('/');
    const ends = folderOnly ? parts.length - 1 : parts.length;
    for (let end = 1; end <= ends; end += 1) {
      if (anchored ? matchesParts(parts.slice(0, end), pattern) : matches(parts[end - 1]!, pattern[0]!)) return true;
    }
    return false;
  };
  return { negated, test };
}

function matchesParts(parts: readonly string[], pattern: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return parts.length === 0;
  if (first === '**') return parts.some((_part, index) => matchesParts(parts.slice(index), rest)) || rest.length === 0;
  return parts.length > 0 && matches(parts[0]!, first) && matchesParts(parts.slice(1), rest);
}
