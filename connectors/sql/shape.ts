import { type Column, DELETED_AT, type Index, type StreamSchema, type Target } from '../contract/index.ts';

/** When a row was found gone at the source (`soft_delete`); NULL: it is there. */
export const deletedAt: Column = {
  name: DELETED_AT,
  type: { kind: 'datetime', fsp: 6 },
  nullable: true,
};

/** A wanted shape, and what of the source's table it leaves out, each as a sentence. */
export interface Shape {
  readonly schema: StreamSchema;
  readonly notes: readonly string[];
}

/**
 * The table that a target asks for, still in the source's types: what is carried, the constant column, the deletion column, and what the
 * write mode does to keys. `append` may hold a key twice, `soft_delete` keeps the unique values of deleted rows.
 */
export function wantedShape(target: Target): Shape {
  const { source, carry, write, constant } = target;
  const notes: string[] = [];
  const keyed = write !== 'append' && source.key !== undefined;
  const columns = [
    ...source.columns.map((column) => carried(column, target, notes)),
    ...(constant === undefined ? [] : [constantColumn(constant)]),
    ...(write === 'soft_delete' ? [deletedAt] : []),
  ];
  const indexes = carry.indexes ? carriedIndexes(target, notes) : [];
  return {
    schema: {
      stream: target.table,
      columns,
      ...(keyed ? { key: [...(constant === undefined ? [] : [constant.column]), ...source.key] } : {}),
      ...(indexes.length === 0 ? {} : { indexes }),
      ...(carry.checks && source.checks !== undefined ? { checks: source.checks } : {}),
      ...(source.comment === undefined ? {} : { comment: source.comment }),
      ...(source.charset === undefined ? {} : { charset: source.charset }),
      ...(source.collation === undefined ? {} : { collation: source.collation }),
      ...(counts(target) && source.nextAutoIncrement !== undefined
        ? { nextAutoIncrement: source.nextAutoIncrement }
        : {}),
    },
    notes,
  };
}

/** Text of any shard's name, compared byte by byte. Long enough for the value, at least 64 characters. */
function constantColumn(constant: NonNullable<Target['constant']>): Column {
  const length = Math.max(64, [...constant.value].length);
  return {
    name: constant.column,
    type: { kind: 'text', length, charset: 'utf8mb4', collation: 'utf8mb4_bin' },
    nullable: false,
  };
}

/** AUTO_INCREMENT goes on only where ids stay what they are: one shard, one row a key. */
function counts(target: Target): boolean {
  return target.carry.autoIncrement && target.constant === undefined && target.write !== 'append';
}

function carried(column: Column, target: Target, notes: string[]): Column {
  const { default: byDefault, onUpdate, autoIncrement, autoRandom, ...bare } = column;
  if (autoRandom && target.carry.autoIncrement) {
    notes.push(
      `AUTO_RANDOM of ${column.name} is left out: rows keep their ids, and new ones of the target have to be given`,
    );
  }
  if (autoIncrement && target.carry.autoIncrement && !counts(target)) {
    notes.push(`AUTO_INCREMENT of ${column.name} is left out: its values are no key of the target`);
  }
  return {
    ...bare,
    ...(target.carry.defaults && byDefault !== undefined ? { default: byDefault } : {}),
    ...(target.carry.defaults && onUpdate !== undefined ? { onUpdate } : {}),
    ...(autoIncrement && counts(target) ? { autoIncrement } : {}),
  };
}

function carriedIndexes(target: Target, notes: string[]): Index[] {
  const { constant, write } = target;
  return (target.source.indexes ?? []).map((index) => {
    if (!index.unique) return index;
    if (write === 'append' || write === 'soft_delete') {
      notes.push(`index ${index.name} is not unique at the target: \`${write}\` may hold a value twice`);
      return { ...index, unique: false };
    }
    return constant === undefined ? index : { ...index, parts: [{ column: constant.column }, ...index.parts] };
  });
}
