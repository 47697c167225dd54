import { type StreamName, streamText } from './schema.ts';

/** Whether a name matches a pattern with `*` (any text) and `?` (one character); everything else stands for itself. Case counts. */
export function matchesGlob(pattern: string, text: string): boolean {
  const source = [...pattern]
    .map((char) => (char === '*' ? '.*' : char === '?' ? '.' : char.replace(/[\\^$.|+()[\]{}]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`, 'su').test(text);
}

/**
 * Whether a stream is meant by a pattern such as `shop.*`. One without a dot is matched against the bare name: of the streams in `home`, the
 * database that the connection names, or of all where it names none.
 */
export function matchesStream(pattern: string, stream: StreamName, home?: string): boolean {
  if (pattern.includes('.')) return matchesGlob(pattern, streamText(stream));
  return (home === undefined || stream.namespace === home) && matchesGlob(pattern, stream.name);
}

/** Tables that millrace keeps for itself; they are never streams. */
export function isOwnTable(name: string): boolean {
  return name.toLowerCase().startsWith('_millrace_');
}
