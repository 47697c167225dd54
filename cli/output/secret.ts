/** Shorter values are no secrets worth the name, and hiding each `a` would hide everything. */
const SHORTEST = 3;

/** Words that a secret's field, URL parameter or variable is called by. */
const SECRET_NAME = /pass(word|phrase|wd)?$|^pwd$|_pwd$|secret|token|salt|credential|(private|api|access|secret)_?key/i;

export const MASK = '***';

const known = new Set<string>();

/** Whether a setting of this name holds a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** From now on the value is masked in everything that is printed or kept, also in its percent-encoded form. */
export function rememberSecret(value: string): void {
  if (value.length < SHORTEST) return;
  known.add(value);
  known.add(encodeURIComponent(value));
}

/** The text with every known secret and every password in a URL masked. */
export function maskText(text: string): string {
  const masked = text.replace(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi, `$1:${MASK}@`);
  return [...known]
    .sort((a, b) => b.length - a.length)
    .reduce((clean, secret) => clean.replaceAll(secret, MASK), masked);
}

/** A value of JSON with every text in it masked; names of properties stay. */
export function maskValue<T>(value: T): T {
  if (typeof value === 'string') return maskText(value) as T;
  if (Array.isArray(value)) return value.map((item) => maskValue(item)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, maskValue(item)])) as T;
}
