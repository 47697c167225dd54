import type { Column, StreamSchema, Target } from '../contract/index.ts';

/**
 * What of an existing table is not as at the source and stays so: defaults, comments and CHECKs do not decide which rows it can hold, and
 * whoever owns the table may have changed them. `wanted`: as the server can take it.
 */
export function differingNotes(wanted: StreamSchema, existing: StreamSchema, carry: Target['carry']): string[] {
  const byName = new Map(existing.columns.map((column) => [column.name.toLowerCase(), column]));
  const columns = wanted.columns.flatMap((column) => {
    const found = byName.get(column.name.toLowerCase());
    return found === undefined ? [] : columnNotes(column, found, carry);
  });
  const comment = commentNote('the table', wanted.comment, existing.comment);
  return [...columns, ...comment, ...(carry.checks ? checkNotes(wanted, existing) : [])];
}

function columnNotes(wanted: Column, existing: Column, { defaults }: Target['carry']): string[] {
  const [ours, theirs] = [defaultText(wanted), defaultText(existing)];
  const other = defaults && meaning(ours) !== meaning(theirs);
  const note = `default of ${wanted.name} stays ${theirs || 'none'}: it is ${ours || 'none'} at the source`;
  return [...(other ? [note] : []), ...commentNote(wanted.name, wanted.comment, existing.comment)];
}

function commentNote(of: string, wanted = '', existing = ''): string[] {
  if (wanted === existing) return [];
  return [`comment of ${of} stays ${JSON.stringify(existing)}: it is ${JSON.stringify(wanted)} at the source`];
}

function checkNotes(wanted: StreamSchema, existing: StreamSchema): string[] {
  const meanings = (schema: StreamSchema) => new Set((schema.checks ?? []).map(({ sql }) => meaning(sql)));
  const [ours, theirs] = [meanings(wanted), meanings(existing)];
  const lacking = (wanted.checks ?? []).filter(({ sql }) => !theirs.has(meaning(sql)));
  const left = (existing.checks ?? []).filter(({ sql }) => !ours.has(meaning(sql)));
  return [
    ...lacking.map(({ name, sql }) => `CHECK ${name} (${sql}) of the source is not at the target`),
    ...left.map(({ name, sql }) => `CHECK ${name} (${sql}) stays at the target: the source has none like it`),
  ];
}

function defaultText({ default: byDefault, onUpdate }: Column): string {
  const value = byDefault === undefined ? '' : byDefault.kind === 'value' ? byDefault.text : byDefault.sql;
  return onUpdate === undefined ? value : `${value} ON UPDATE ${onUpdate}`;
}

/** Servers state an expression with parentheses, quotes and charsets of their own, and a number with the zeros of its type. */
function meaning(sql: string): string {
  const number = /^(-?\d+)(?:\.(\d*?)0*)?$/.exec(sql.trim());
  if (number !== null) return number[2] ? `${number[1]}.${number[2]}` : number[1]!;
  return sql
    .replace(/_(utf8mb[34]|latin1|binary)(?=')/gi, '')
    .replace(/[\s()`]/g, '')
    .toLowerCase();
}
