import type { ColumnType } from '../contract/index.ts';
import type { Dialect, NativeColumn, Selection, Value } from './native.ts';

export type { Dialect, NativeColumn, Selection, Value } from './native.ts';

/** The logical type of a column; `{ kind: 'unknown' }` for types that millrace does not know. */
export declare function parseType(native: NativeColumn, dialect: Dialect): ColumnType;
/** What the column becomes in that dialect: the nearest type that holds every value. Throws `type.unsupported` for unknown types. */
export declare function targetType(type: ColumnType, dialect: Dialect): ColumnType;
/** The declaration of `targetType(type, dialect)`, with charset and collation. Throws `type.unsupported` for unknown types. */
export declare function ddlType(type: ColumnType, dialect: Dialect): string;
/** Whether every value of `from` is held exactly by `to`, both as that dialect declares them. */
export declare function widens(from: ColumnType, to: ColumnType, dialect: Dialect): boolean;
/** Whether both declare the same in this dialect; display widths do not count. */
export declare function sameType(a: ColumnType, b: ColumnType, dialect: Dialect): boolean;
export declare function selectSql(expr: string, type: ColumnType, dialect: Dialect): Selection;
export declare function loadSql(variable: string, type: ColumnType, dialect: Dialect): string | undefined;
export declare function literalSql(value: Value, type: ColumnType, dialect: Dialect): string;
export declare function canonicalSql(expr: string, type: ColumnType, dialect: Dialect): string;
export declare function keyset(type: ColumnType): boolean;
