import type { CellText } from './temporal-text.ts';

/** MariaDB's UUID, INET4 and INET6: their bytes, without the zeros at the end that fill them up. */
export function networkText(kind: 'uuid' | 'inet4' | 'inet6'): CellText {
  const size = kind === 'inet4' ? 4 : 16;
  const show = { uuid: uuidText, inet4: inet4Text, inet6: inet6Text }[kind];
  return (from, start, end, to) => {
    const bytes = Buffer.alloc(size);
    from.copy(bytes, 0, start, Math.min(end, start + size));
    to.length += to.bytes.write(show(bytes), to.length, 'latin1');
    return undefined;
  };
}

function uuidText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function inet4Text(bytes: Buffer): string {
  return bytes.join('.');
}

/** The longest run of zero groups is left out; addresses that hold one of version 4 end as such. */
function inet6Text(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2));
  const [from, length] = longestZeros(groups);
  const ends4 = from === 0 && (length === 6 || (length === 5 && groups[5] === 0xffff));
  const shown = groups.map((group) => group.toString(16));
  const tail = ends4 ? [inet4Text(bytes.subarray(12))] : shown.slice(6);
  const all = [...shown.slice(0, 6), ...tail];
  if (length === 0) return all.join(':');
  return `${all.slice(0, from).join(':')}::${all.slice(from + length).join(':')}`;
}

function longestZeros(groups: readonly number[]): [from: number, length: number] {
  let best: [number, number] = [0, 0];
  for (let from = 0; from < groups.length; from++) {
    let length = 0;
    while (groups[from + length] === 0) length++;
    if (length > best[1]) best = [from, length];
  }
  return best;
}
