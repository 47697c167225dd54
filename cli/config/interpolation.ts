/** A text with its variables put in. `names` are those it used; `missing` those that are not set and have no default. */
export interface Interpolated {
  readonly text: string;
  readonly names: readonly string[];
  readonly missing: readonly string[];
}

const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/**
 * Puts variables into one scalar of a parsed file: `${NAME}`, `${NAME:-default}` (also for an empty variable), `$${` for a plain `${`.
 * What is put in is never looked at again: it may hold any character.
 */
export function interpolate(text: string, env: Readonly<Record<string, string | undefined>>): Interpolated {
  const names: string[] = [];
  const missing: string[] = [];
  const filled = text.replace(REFERENCE, (whole: string, name: string | undefined, fallback: string | undefined) => {
    if (name === undefined) return '${';
    names.push(name);
    const value = env[name];
    if (fallback !== undefined) return value === undefined || value === '' ? fallback : value;
    if (value === undefined) missing.push(name);
    return value ?? whole;
  });
  return { text: filled, names, missing };
}
