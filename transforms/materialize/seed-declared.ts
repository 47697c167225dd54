import { type ColumnType, millraceError } from '../../connectors/contract/index.ts';
import { type Dialect, parseType } from '../../connectors/types/index.ts';
import type { SeedColumn } from './seed-type.ts';

export interface DeclaredSeedType {
  /** The type as this database's DDL has it. */
  readonly dataType: string;
  readonly type: ColumnType;
  /** Cells that are not text there; undefined: the cell goes as text. */
  readonly literal: (cell: string) => string | undefined;
}

/** Names of standard SQL that MySQL's family does not have, or means otherwise; `''` is what text of this length is. */
const names: Readonly<Record<string, string>> = {
  varchar: '',
  'character varying': '',
  string: '',
  text: '',
  timestamp: 'datetime(6)',
  'timestamp without time zone': 'datetime(6)',
  timestamptz: 'datetime(6)',
  'timestamp with time zone': 'datetime(6)',
  datetime: 'datetime(6)',
  float8: 'double',
  float4: 'float',
};

/** A type of `column_types` on one database; `fitting` is the declaration of text that is as long as that of the column. */
export function declaredSeedType(written: string, fitting: string, dialect: Dialect): DeclaredSeedType {
  const bare = written.trim().toLowerCase().replace(/\s+/g, ' ');
  const known = dialect === 'duckdb' ? undefined : names[bare];
  const dataType = known === undefined ? written.trim() : known === '' ? fitting : known;
  const native = dataType.toLowerCase();
  const type = parseType({ dataType: native.replace(/\(.*$/s, ''), columnType: native }, dialect);
  const isTruth = /^bool/.test(bare);
  return { dataType, type, literal: (cell) => (isTruth ? truth(cell) : undefined) };
}

function truth(cell: string): string | undefined {
  const bare = cell.trim().toLowerCase();
  return bare === 'true' || bare === 'false' ? bare : undefined;
}

/** Databases round digits away in silence (invariant 2). @throws MillraceError `model.seed` */
export function refuseUnfit({ name, cells }: SeedColumn, type: ColumnType, at: string): void {
  const places = placesOf(type);
  if (places === undefined) return;
  const row = cells.findIndex((cell) => cell !== null && fractionOf(cell) > places);
  if (row < 0) return;
  throw millraceError(
    'model.seed',
    `${at}: row ${row + 1} of ${name} has more digits than its declared type: ${cells[row]}`,
    { at },
  );
}

/** Digits behind the point that a value may have; undefined: as many as it likes, or it is no number. */
function placesOf(type: ColumnType): number | undefined {
  if (type.kind === 'decimal') return type.scale;
  if (type.kind === 'datetime' || type.kind === 'timestamp' || type.kind === 'time') return type.fsp;
  return type.kind === 'integer' ? 0 : undefined;
}

function fractionOf(cell: string): number {
  return /\.(\d*?)0*\D*$/.exec(cell)?.[1]?.length ?? 0;
}
