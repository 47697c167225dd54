import type { Finding, StreamSchema, Target } from '../contract/index.ts';
import { streamText } from '../contract/index.ts';
import type { Hanging, Standing } from './shape-look.ts';

/** What stands under the target's name and can neither be written nor replaced. */
export function standingFindings(target: Target, standing: Standing): Finding[] {
  if (standing.kind !== 'view') return [];
  const fix = 'Give the stream another `target`, or drop it by hand.';
  return [finding(target, 'schema.refused', 'is a view or a sequence', fix)];
}

/** What hangs on a table that is to be replaced. */
export function hangingFindings(target: Target, { foreignKeys, triggers }: Hanging): Finding[] {
  const fix = 'Choose `write: upsert`, which changes rows in place; or remove what hangs on the table.';
  const refuse = (why: string, names: readonly string[]): Finding[] =>
    names.length === 0
      ? []
      : [finding(target, 'schema.refused', `cannot be replaced: ${why} (${names.join(', ')})`, fix)];
  return [
    ...refuse('foreign keys follow the old table', foreignKeys),
    ...refuse('triggers stay with the old table', triggers),
  ];
}

/** A swap replaces the whole table, other shards' rows with it. */
export function shardFindings(target: Target): Finding[] {
  if (target.write !== 'overwrite' || target.constant === undefined) return [];
  const what = 'is shared by shards, and `overwrite` by one would lose the rows of the others';
  return [
    finding(target, 'schema.refused', what, 'Choose `write: upsert`, which also removes rows gone from the source.'),
  ];
}

/** A table that this pipeline did not make is not touched unless told so. */
export function ownershipFindings(target: Target, standing: Standing, owned: boolean): Finding[] {
  if (standing.kind !== 'table' || owned || target.adopt) return [];
  const fix =
    'Set `adopt: true` in millrace.yaml (`millrace init` writes one) if the table may be taken over; else give the stream another `target`.';
  return [finding(target, 'schema.refused', 'is there already and was not made by this pipeline', fix)];
}

/** Columns of types that nobody has decided how to take. */
export function typeFindings(schema: StreamSchema): Finding[] {
  return schema.columns.flatMap((column) => {
    if (column.type.kind !== 'unknown' || column.type.as !== undefined) return [];
    return [
      {
        severity: 'error',
        code: 'type.unsupported',
        side: 'source',
        at: `${streamText(schema.stream)}.${column.name}`,
        message: `column ${column.name} is ${column.native ?? 'of a type'} that millrace does not know`,
        fix: 'Take it as text or bytes with `take_as`, or leave it out with `exclude_columns`.',
      },
    ];
  });
}

function finding(target: Target, code: string, what: string, fix: string): Finding {
  const at = streamText(target.table);
  return { severity: 'error', code, side: 'destination', at, message: `${at} ${what}`, fix };
}
