/** First and last number, both inside. */
type Interval = [first: bigint, last: bigint];

/** One transaction. MySQL: `source` is `uuid` or `uuid:tag`. MariaDB: the domain, and the server that wrote it. */
export interface Gtid {
  readonly source: string;
  readonly number: bigint;
  readonly server?: number;
}

/**
 * A set of transactions, as servers write it. MySQL: `uuid:1-5:8` with commas between, `uuid:tag:1-3` for tagged ones. MariaDB:
 * `domain-server-number`, which stands for all of the domain up to that number. Empty text: none.
 */
export class GtidSet {
  /** MySQL: intervals by `uuid` or `uuid:tag`, ascending and apart. */
  readonly #intervals = new Map<string, Interval[]>();
  /** MariaDB: the last one by domain. */
  readonly #last = new Map<string, { readonly server: number; readonly number: bigint }>();

  static parse(text: string): GtidSet {
    const set = new GtidSet();
    for (const part of text.split(',').map((one) => one.trim())) if (part !== '') set.#parsePart(part);
    return set;
  }

  add({ source, number, server }: Gtid): void {
    if (server === undefined) this.#addInterval(source, [number, number]);
    else this.#last.set(source, { server, number });
  }

  has({ source, number, server }: Gtid): boolean {
    if (server !== undefined) return (this.#last.get(source)?.number ?? 0n) >= number;
    return this.#intervals.get(source)?.some(([from, to]) => from <= number && number <= to) ?? false;
  }

  /** Whether every transaction of the other set is in this one. */
  includes(other: GtidSet): boolean {
    for (const [domain, { number }] of other.#last) if ((this.#last.get(domain)?.number ?? 0n) < number) return false;
    for (const [source, intervals] of other.#intervals) {
      const own = this.#intervals.get(source) ?? [];
      const within = ([first, last]: Interval) => own.some(([from, to]) => from <= first && last <= to);
      if (!intervals.every(within)) return false;
    }
    return true;
  }

  toString(): string {
    const mysql = [...this.#intervals].map(([source, intervals]) => [source, ...intervals.map(intervalText)].join(':'));
    const mariadb = [...this.#last].map(([domain, { server, number }]) => `${domain}-${server}-${number}`);
    return [...mysql, ...mariadb].join(',');
  }

  /**
   * MySQL: as COM_BINLOG_DUMP_GTID takes it: the number of sources, then each as 16 bytes, its intervals counted, and their ends behind the
   * last. From 8.3 on, where there are tags, the first number says so in its lowest and highest byte, and each source has its tag behind it.
   */
  encode(): Buffer {
    const sources = [...this.#intervals];
    const tagged = sources.some(([source]) => source.includes(':'));
    const count = BigInt(sources.length);
    const parts = [number64(tagged ? (1n << 56n) | (count << 8n) | 1n : count)];
    for (const [source, intervals] of sources) {
      const [uuid = '', tag = ''] = source.split(':');
      parts.push(Buffer.from(uuid.replaceAll('-', ''), 'hex'));
      if (tagged) parts.push(Buffer.of(tag.length * 2), Buffer.from(tag, 'latin1'));
      parts.push(number64(BigInt(intervals.length)));
      for (const [first, last] of intervals) parts.push(number64(first), number64(last + 1n));
    }
    return Buffer.concat(parts);
  }

  #parsePart(part: string): void {
    const mariadb = /^(\d+)-(\d+)-(\d+)$/.exec(part);
    if (mariadb !== null) {
      const [, domain = '', server = '', number = ''] = mariadb;
      this.#last.set(domain, { server: Number(server), number: BigInt(number) });
      return;
    }
    const [uuid = '', ...rest] = part.split(':').map((one) => one.trim().toLowerCase());
    let source = uuid;
    for (const word of rest) {
      const numbers = /^(\d+)(?:-(\d+))?$/.exec(word);
      if (numbers === null) source = `${uuid}:${word}`;
      else this.#addInterval(source, [BigInt(numbers[1]!), BigInt(numbers[2] ?? numbers[1]!)]);
    }
  }

  #addInterval(source: string, added: Interval): void {
    const intervals = this.#intervals.get(source) ?? [];
    const newest = intervals.at(-1);
    if (newest !== undefined && newest[1] + 1n === added[0]) {
      newest[1] = added[1];
      return;
    }
    const joined: Interval[] = [];
    for (const interval of [...intervals, added].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const before = joined.at(-1);
      if (before === undefined || before[1] + 1n < interval[0]) joined.push([...interval]);
      else if (before[1] < interval[1]) before[1] = interval[1];
    }
    this.#intervals.set(source, joined);
  }
}

function intervalText([first, last]: Interval): string {
  return first === last ? `${first}` : `${first}-${last}`;
}

function number64(number: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(number);
  return bytes;
}
