import { type CodeEntry, errorCodes } from '../../connectors/contract/index.ts';

const RETRIES: Readonly<Record<CodeEntry['retry'], string>> = {
  never: 'no: the run or the stream stops',
  backoff: 'yes, after a while',
  reconnect: 'yes, over a new connection',
  wake: 'yes, until the wake budget is used up',
  shrink: 'yes, with smaller transactions',
  restart: 'yes, the stream is read again from its beginning',
};

/** `docs/errors.md`, made from the code registry. */
export function errorReference(): string {
  return [
    '# Errors',
    '',
    'Every error has a code, says whose side it is on and where, and how to mend it. Codes never change their meaning.',
    '',
    ...sortedCodes().flatMap(([code, { origin, retry, meaning, fix }]) => [
      `## ${code}`,
      '',
      meaning,
      '',
      `- Side: ${origin}`,
      `- Tried again by itself: ${RETRIES[retry]}`,
      `- What to do: ${fix}`,
      '',
    ]),
  ].join('\n');
}

function sortedCodes(): [string, CodeEntry][] {
  return Object.entries<CodeEntry>(errorCodes).sort(([a], [b]) => (a < b ? -1 : 1));
}
