/** First and last number, both inside. */
type Interval = [first: bigint, last: bigint];

/**
 * A set of transactions, as servers write it. MySQL: `uuid:1-5:8` with commas between, `uuid:tag:1-3` for tagged ones. MariaDB:
 * `domain-server-number`, which stands for all of the domain up to that number. Empty text: none.
 */
export class GtidSet {
  /** MySQL: intervals by `uuid` or `uuid:tag`, ascending and apart. */
  readonly #intervals = new Map<string, Interval[]>();
  /** MariaDB: the last one by domain. */
  readonly #last = new Map<string, { readonly server: string; readonly number: bigint }>();

  static parse(text: string): GtidSet {
    const set = new GtidSet();
    for (const part of text.split(',').map((one) => one.trim())) if (part !== '') set.#parsePart(part);
    return set;
  }

  /** Adds one transaction, `uuid:5`, `uuid:tag:5` or `0-1-5`. */
  add(gtid: string): void {
    this.#parsePart(gtid);
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

  #parsePart(part: string): void {
    const mariadb = /^(\d+)-(\d+)-(\d+)$/.exec(part);
    if (mariadb !== null) {
      const [, domain = '', server = '', number = ''] = mariadb;
      this.#last.set(domain, { server, number: BigInt(number) });
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
