import { millraceError } from '../../contract/index.ts';
import { query, type Session } from '../../sql/index.ts';

/** Gives the UTF-8 of some bytes; undefined for bytes that have no exact text. */
export type Decode = (from: Buffer, start: number, end: number) => Buffer | undefined;

/** `same`: the bytes are UTF-8 already (or ASCII). */
export type Charset = { readonly name: string; readonly decode: Decode | 'same' };

const same: ReadonlySet<string> = new Set(['utf8mb4', 'utf8mb3', 'utf8', 'ascii', 'binary']);
const single: ReadonlySet<string> = new Set(
  (
    'latin1 latin2 latin5 latin7 cp1250 cp1251 cp1256 cp1257 cp850 cp852 cp866 dec8 hp8 koi8r koi8u swe7 hebrew greek ' +
    'armscii8 geostd8 keybcs2 macce macroman tis620'
  ).split(' '),
);
/** First bytes of characters of two bytes. */
const double: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  gbk: [[0x81, 0xfe]],
  gb2312: [[0xa1, 0xf7]],
  big5: [[0xa1, 0xf9]],
  euckr: [[0x81, 0xfe]],
  sjis: [
    [0x81, 0x9f],
    [0xe0, 0xfc],
  ],
  cp932: [
    [0x81, 0x9f],
    [0xe0, 0xfc],
  ],
};

/** Characters that a query asks for at once. */
const ASKED = 256;

/** Whether columns of the charset can be read from a log. Wide and stateful ones are not. */
export function isReadable(charset: string | undefined): boolean {
  return charset === undefined || same.has(charset) || single.has(charset) || charset in double;
}

/**
 * What bytes of each charset mean, as the server itself says: so that text of the log is the same as a SELECT gives. A character counts only if
 * it comes back from utf8mb4 as it was, which is what full reads ask of text too.
 */
export class Charsets {
  readonly #names = new Map<number, string>();
  readonly #known = new Map<string, Charset>();

  /** Learns which charset each collation is of. */
  async #open(session: Session): Promise<void> {
    const rows = await query(session, 'SELECT ID, CHARACTER_SET_NAME FROM INFORMATION_SCHEMA.COLLATIONS').then(
      async (collations) => [
        ...collations,
        ...(await query(
          session,
          'SELECT ID, CHARACTER_SET_NAME FROM INFORMATION_SCHEMA.COLLATION_CHARACTER_SET_APPLICABILITY',
        ).catch(() => [])),
      ],
    );
    for (const [id, name] of rows) if (id !== null && name !== null) this.#names.set(Number(id), String(name));
  }

  /** The charset of a collation, once it was learnt. */
  of(collation: number): Charset | undefined {
    return this.#known.get(this.#names.get(collation) ?? '');
  }

  /** Learns what is not known yet of the charsets of these collations. Throws `cdc.undecodable` for those that are not read. */
  async learn(session: Session, collations: Iterable<number>, at: string): Promise<void> {
    if (this.#names.size === 0) await this.#open(session);
    for (const collation of new Set(collations)) {
      const name = this.#names.get(collation);
      if (name !== undefined && this.#known.has(name)) continue;
      if (name === undefined || !isReadable(name)) {
        throw millraceError(
          'cdc.undecodable',
          `${at} holds text in ${name ?? `collation ${collation}`}, which is not read from a log`,
          { at },
        );
      }
      this.#known.set(name, { name, decode: same.has(name) ? 'same' : await decodeOf(session, name) });
    }
  }
}

async function decodeOf(session: Session, name: string): Promise<Decode> {
  const codes = [...codesOf(name)];
  const texts: (Buffer | undefined)[] = [];
  for (let at = 0; at < codes.length; at += ASKED) {
    texts.push(...(await textsOf(session, name, codes.slice(at, at + ASKED))));
  }
  const one: (Buffer | undefined)[] = texts.slice(0, 256);
  const two = new Map<number, Buffer>();
  for (let i = 256; i < codes.length; i++) if (texts[i] !== undefined) two.set(codes[i]!, texts[i]!);
  const leads = new Set(
    (double[name] ?? []).flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i)),
  );
  return (from, start, end) => {
    const parts: Buffer[] = [];
    for (let at = start; at < end; at++) {
      const lead = leads.has(from[at]!) && at + 1 < end;
      const text = lead ? two.get(from[at]! * 256 + from[++at]!) : one[from[at]!];
      if (text === undefined) return undefined;
      parts.push(text);
    }
    return Buffer.concat(parts);
  };
}

/** All bytes, then all pairs of bytes that may be a character. */
function* codesOf(name: string): Generator<number> {
  for (let byte = 0; byte < 256; byte++) yield byte;
  for (const [from, to] of double[name] ?? []) {
    for (let lead = from; lead <= to; lead++) for (let trail = 0x40; trail < 0xff; trail++) yield lead * 256 + trail;
  }
}

/** The text of each code, in UTF-8; undefined where it has none that comes back. */
async function textsOf(session: Session, name: string, codes: readonly number[]): Promise<(Buffer | undefined)[]> {
  const width = (code: number) => (code > 255 ? 4 : 2);
  const list = codes
    .map((code) => `SELECT X'${code.toString(16).padStart(width(code), '0')}' AS c`)
    .join(' UNION ALL ');
  const text = `CONVERT(CONVERT(CAST(c AS BINARY) USING ${name}) USING utf8mb4)`;
  const rows = await query(
    session,
    `SELECT HEX(CAST(c AS BINARY)), HEX(${text}), CAST(CONVERT(${text} USING ${name}) AS BINARY) <=> CAST(c AS BINARY) FROM (${list}) AS codes`,
  );
  const found = new Map(
    rows.flatMap(([code, hex, exact]) =>
      String(exact) === '1' && hex !== null
        ? [[Number.parseInt(String(code), 16), Buffer.from(String(hex), 'hex')] as const]
        : [],
    ),
  );
  return codes.map((code) => found.get(code));
}
