/** One change of one row. `quantity` of a row that was only inserted is what it was made with. */
export interface Change {
  readonly kind: 'insert' | 'update' | 'delete';
  readonly id: number;
  readonly quantity: number;
}

/** What some changes come to: ids of rows that are gone, and rows that stay with the quantity that they have; undefined: as they were made. */
export interface Net {
  readonly gone: readonly number[];
  readonly rows: ReadonlyMap<number, number | undefined>;
}

/** Of twenty changes one deletes a row and one adds a new one; the others are updates. */
const TURN = 20;

/** Changes of a table that holds the ids 1 to `base`, one at a time; new ids follow. The same each time. */
export function backlog(base: number, count: number): Change[] {
  let state = 0x2545f491;
  const below = (most: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % most;
  };
  const there = Array.from({ length: base }, (_, i) => i + 1);
  let last = base;
  return Array.from({ length: count }, (_, n): Change => {
    if (n % TURN === 0) {
      there.push(++last);
      return { kind: 'insert', id: last, quantity: 0 };
    }
    const place = below(there.length);
    const id = there[place]!;
    if (n % TURN !== 1) return { kind: 'update', id, quantity: n };
    there[place] = there.at(-1)!;
    there.pop();
    return { kind: 'delete', id, quantity: 0 };
  });
}

/** Rows that a backlog needs beside those that are there. */
export function added(count: number): number {
  return Math.ceil(count / TURN);
}

export function changeSql({ kind, id, quantity }: Change, table: string, spare: string): string {
  if (kind === 'insert') return `INSERT INTO ${table} SELECT * FROM ${spare} WHERE id = ${id}`;
  if (kind === 'delete') return `DELETE FROM ${table} WHERE id = ${id}`;
  return `UPDATE ${table} SET quantity = ${quantity} WHERE id = ${id}`;
}

/** The changes in parts of `size`, each as what it comes to. */
export function nets(changes: readonly Change[], size: number): Net[] {
  const quantities = new Map<number, number>();
  const parts: Net[] = [];
  for (let at = 0; at < changes.length; at += size) {
    const last = new Map<number, Change>();
    for (const change of changes.slice(at, at + size)) {
      if (change.kind === 'update') quantities.set(change.id, change.quantity);
      last.set(change.id, change);
    }
    const ends = [...last.values()];
    const stay = ends.filter(({ kind }) => kind !== 'delete');
    parts.push({
      gone: ends.filter(({ kind }) => kind === 'delete').map(({ id }) => id),
      rows: new Map(stay.map(({ id }) => [id, quantities.get(id)])),
    });
  }
  return parts;
}
