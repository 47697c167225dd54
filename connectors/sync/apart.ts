import { MillraceError, type ReadRequest, type Source, type StreamSchema } from '../contract/index.ts';

/**
 * The schema of each stream of a request, same order, or what keeps that stream alone from flowing: a table of a type that nobody knows must
 * not keep the others from going on. Throws what concerns them all.
 */
export async function schemasApart(
  source: Pick<Source, 'schemas'>,
  request: ReadRequest,
  signal: AbortSignal,
): Promise<readonly (StreamSchema | MillraceError)[]> {
  const { streams } = request;
  try {
    return await source.schemas(request, signal);
  } catch (thrown) {
    if (!(thrown instanceof MillraceError) || thrown.origin !== 'source' || thrown.retry !== 'never') throw thrown;
    if (streams.length < 2) return [thrown];
    const middle = streams.length >> 1;
    const first = await schemasApart(source, { ...request, streams: streams.slice(0, middle) }, signal);
    return [...first, ...(await schemasApart(source, { ...request, streams: streams.slice(middle) }, signal))];
  }
}
