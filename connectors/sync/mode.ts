import { millraceError, type ReadMode, type StreamSchema, streamText, type WriteMode } from '../contract/index.ts';

/** Which write modes each read mode allows; a destination may know fewer. The one table of legal combinations. */
export const legalModes: Readonly<Record<ReadMode, readonly WriteMode[]>> = {
  full: ['overwrite', 'upsert', 'soft_delete', 'append'],
  incremental: ['upsert', 'append'],
  cdc: ['upsert', 'soft_delete', 'append', 'history'],
};

/** Write modes that find a row by its key. */
const keyed: ReadonlySet<WriteMode> = new Set(['upsert', 'soft_delete', 'history']);

/** The write mode of a stream whose configuration names none: a full copy is swapped in, changes go by key. */
export function defaultWrite(read: ReadMode, schema: StreamSchema, sharded: boolean): WriteMode {
  if (read === 'full' && !sharded) return 'overwrite';
  return schema.key === undefined ? 'append' : 'upsert';
}

/** Throws `config.mode-illegal` unless the three go together and the stream has the key that they need. */
export function requireLegalModes(
  schema: StreamSchema,
  read: ReadMode,
  write: WriteMode,
  known: readonly WriteMode[],
): void {
  const legal = legalModes[read].filter((mode) => known.includes(mode));
  const at = streamText(schema.stream);
  if (!legal.includes(write)) {
    throw millraceError('config.mode-illegal', `${at}: read \`${read}\` does not go with write \`${write}\` here`, {
      at,
      fix: `Choose write: ${legal.join(', ') || 'none (this destination takes no such read)'}.`,
    });
  }
  if (keyed.has(write) && schema.key === undefined) {
    throw millraceError('config.mode-illegal', `${at} has no primary key, and write \`${write}\` finds rows by key`, {
      at,
      fix: `Choose write: ${legal.filter((mode) => !keyed.has(mode)).join(' or ')}.`,
    });
  }
}
