import { isUtf8 } from 'node:buffer';

/** Bytes before the variables of a statement. */
const FIXED = 13;

/** The statement of a QUERY event, and the database that it was said in. `inflate`: the text is compressed. */
export function queryOf(buffer: Buffer, start: number, end: number, inflate?: (bytes: Buffer) => Buffer) {
  const databaseLength = buffer[start + 8]!;
  const variables = buffer.readUInt16LE(start + 11);
  const at = start + FIXED + variables;
  const database = buffer.toString('utf8', at, at + databaseLength);
  const rest = buffer.subarray(at + databaseLength + 1, end);
  const bytes = inflate === undefined ? rest : inflate(rest);
  // A session may speak another charset: names of tables outside of ASCII are then best told by one that maps each byte.
  return { database, sql: bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1') };
}
