import type { Column } from '../contract/index.ts';
import { type Dialect, parseType } from '../types/index.ts';
import { columnDefault, plainExpression, plainNow } from './introspect-default.ts';
import { type Cell, cellText } from './introspect-run.ts';

/** What is selected from INFORMATION_SCHEMA.COLUMNS, after TABLE_SCHEMA and TABLE_NAME. */
export const columnFields = [
  'COLUMN_NAME',
  'COLUMN_DEFAULT',
  'IS_NULLABLE',
  'DATA_TYPE',
  'COLUMN_TYPE',
  'CHARACTER_SET_NAME',
  'COLLATION_NAME',
  'EXTRA',
  'COLUMN_COMMENT',
  'GENERATION_EXPRESSION',
] as const;

type Stated = Readonly<Record<(typeof columnFields)[number], string | undefined>>;

/** A column from its row of COLUMNS; `json`: MariaDB's longtext with a json_valid check, which is how it declares JSON. */
export function columnOf(cells: readonly Cell[], json: ReadonlySet<string>, dialect: Dialect): Column {
  const stated = Object.fromEntries(columnFields.map((field, i) => [field, cellText(cells[i])])) as Stated;
  const name = stated.COLUMN_NAME ?? '';
  const extra = stated.EXTRA ?? '';
  const generated = generation(stated, extra, dialect);
  const byDefault = columnDefault({ text: stated.COLUMN_DEFAULT, dataType: dataTypeOf(stated), extra }, dialect);
  const onUpdate = /on update (\S+)/i.exec(extra)?.[1];
  return {
    name,
    type: typeOf(stated, json.has(name), dialect),
    nullable: stated.IS_NULLABLE === 'YES',
    native: json.has(name) ? 'json' : (stated.COLUMN_TYPE ?? ''),
    ...(byDefault === undefined || generated !== undefined ? {} : { default: byDefault }),
    ...(onUpdate === undefined ? {} : { onUpdate: plainNow(onUpdate) }),
    ...(/auto_increment/i.test(extra) ? { autoIncrement: true } : {}),
    ...(/\binvisible\b/i.test(extra) ? { invisible: true } : {}),
    ...(generated === undefined ? {} : { generated }),
    ...(stated.COLUMN_COMMENT ? { comment: stated.COLUMN_COMMENT } : {}),
  };
}

function dataTypeOf(stated: Stated): string {
  return (stated.DATA_TYPE ?? '').toLowerCase();
}

function typeOf(stated: Stated, json: boolean, dialect: Dialect): Column['type'] {
  if (json) return parseType({ dataType: 'json', columnType: 'json' }, dialect);
  return parseType(
    {
      dataType: dataTypeOf(stated),
      columnType: stated.COLUMN_TYPE ?? '',
      ...(stated.CHARACTER_SET_NAME === undefined ? {} : { charset: stated.CHARACTER_SET_NAME }),
      ...(stated.COLLATION_NAME === undefined ? {} : { collation: stated.COLLATION_NAME }),
    },
    dialect,
  );
}

function generation(stated: Stated, extra: string, dialect: Dialect): Column['generated'] {
  const kind = /(STORED|PERSISTENT|VIRTUAL) GENERATED/i.exec(extra)?.[1];
  if (kind === undefined) return undefined;
  return {
    sql: plainExpression(stated.GENERATION_EXPRESSION ?? '', dialect),
    stored: kind.toUpperCase() !== 'VIRTUAL',
  };
}
