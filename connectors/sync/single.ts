import { millraceError, type Source, type StreamName, type StreamSchema, streamText } from '../contract/index.ts';

/** The stream that a name means. Throws `source.stream-missing`, and `config.invalid` where several have it. */
export async function singleStream(
  source: Pick<Source, 'discover'>,
  name: string,
  signal: AbortSignal,
): Promise<StreamSchema> {
  const found = await source.discover([name], signal);
  requireSingle(
    name,
    found.map(({ stream }) => stream),
  );
  const [schema] = found;
  if (schema === undefined) {
    throw millraceError('source.stream-missing', `there is no stream \`${name}\` at the source`, { at: name });
  }
  return schema;
}

/** How many of the streams that share a name are said. */
const SAID = 5;

/** Throws `config.invalid` where a name means several streams. */
export function requireSingle(name: string, streams: readonly StreamName[]): void {
  if (streams.length < 2) return;
  const said = streams.slice(0, SAID).map(streamText).join(', ');
  const more = streams.length > SAID ? ` and ${streams.length - SAID} more` : '';
  throw millraceError('config.invalid', `\`${name}\` means more than one stream: ${said}${more}`, {
    at: name,
    fix: 'Name one of them, with its database.',
  });
}
