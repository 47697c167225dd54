const compiled = new Map<string, RegExp>();

/** Whether a name is of a pattern as Python's `fnmatch` has them: `*`, `?`, `[abc]`, `[!abc]`; the case counts. */
export function matches(name: string, pattern: string): boolean {
  if (!hasWildcard(pattern)) return name === pattern;
  let form = compiled.get(pattern);
  if (form === undefined) {
    form = new RegExp(`^${source(pattern)}$`, 'su');
    compiled.set(pattern, form);
  }
  return form.test(name);
}

export function hasWildcard(pattern: string): boolean {
  return /[*?[\]]/.test(pattern);
}

/** Whether a path from the root is of a pattern as `pathlib`'s `glob` has them: within a part as above, `**` for any number of folders. */
export function matchesPath(path: readonly string[], pattern: readonly string[]): boolean {
  const [part, ...rest] = pattern;
  if (part === undefined) return path.length === 0;
  if (part === '**') return matchesPath(path, rest) || (path.length > 0 && matchesPath(path.slice(1), pattern));
  return path.length > 0 && matches(path[0]!, part) && matchesPath(path.slice(1), rest);
}

function source(pattern: string): string {
  return pattern.replace(/\[!?\]?[^\]]*\]|[\s\S]/gu, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.length > 1 && part.startsWith('[')) return set(part.slice(1, -1));
    return part.replace(/[\\^$.*+?()[\]{}|/-]/gu, '\\$&');
  });
}

function set(inside: string): string {
  const negated = inside.startsWith('!');
  const members = (negated ? inside.slice(1) : inside).replace(/[\\\]^[&~]/gu, '\\$&');
  return `[${negated ? '^' : ''}${members}]`;
}
