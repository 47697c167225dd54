import {
  type Capabilities,
  millraceError,
  type ReadMode,
  type StreamSchema,
  streamText,
  type WriteMode,
} from '../contract/index.ts';

/** Which write modes each read mode allows; a destination may know fewer. The one table of legal combinations. */
export const legalModes: Readonly<Record<ReadMode, readonly WriteMode[]>> = {
  full: ['overwrite', 'upsert', 'soft_delete', 'append'],
  incremental: ['upsert', 'append'],
  cdc: ['upsert', 'soft_delete', 'append', 'history'],
};

/** Write modes that find a row by its key. */
const keyed: ReadonlySet<WriteMode> = new Set(['upsert', 'soft_delete', 'history']);

/** The write mode of a stream whose configuration names none: a full copy is swapped in where the destination can do that, else rows go by key. */
export function defaultWrite(
  read: ReadMode,
  schema: StreamSchema,
  sharded: boolean,
  known: readonly WriteMode[],
): WriteMode {
  if (read === 'full' && !sharded && known.includes('overwrite')) return 'overwrite';
  return schema.key === undefined ? 'append' : 'upsert';
}

/** Throws `config.mode-illegal` unless the three go together and the stream has the key that they need. */
export function requireLegalModes(
  schema: StreamSchema,
  read: ReadMode,
  write: WriteMode,
  { writeModes, unable }: Pick<Capabilities, 'writeModes' | 'unable'>,
): void {
  const legal = legalModes[read].filter((mode) => writeModes.includes(mode));
  const at = streamText(schema.stream);
  if (!legal.includes(write)) {
    const why = unable?.[write] === undefined ? '' : `: ${unable[write]}`;
    throw millraceError(
      'config.mode-illegal',
      `${at}: read \`${read}\` does not go with write \`${write}\` here${why}`,
      {
        at,
        fix: `Choose write: ${legal.join(', ') || 'none (this destination takes no such read)'}.`,
      },
    );
  }
  if (keyed.has(write) && schema.key === undefined) {
    throw millraceError('config.mode-illegal', `${at} has no primary key, and write \`${write}\` finds rows by key`, {
      at,
      fix: `Choose write: ${legal.filter((mode) => !keyed.has(mode)).join(' or ')}.`,
    });
  }
}
