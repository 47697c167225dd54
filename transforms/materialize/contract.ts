import { type ColumnType, millraceError } from '../../connectors/contract/index.ts';
import type { AdapterType, ResultColumn } from '../adapter/adapter.ts';
import { relationText } from '../adapter/relation.ts';
import type { Build, ContractColumn } from './build.ts';

/**
 * Holds a query to the names and types of an enforced contract, before anything is built. Types are held by their kind: what a column of the
 * declared kind would take changed in silence (a fraction as a whole number, a moment as a day) is refused; length and digits are held by the
 * table that is made. @throws MillraceError `model.contract` with a line for each column
 */
export function checkContract(
  { contract, relation }: Build,
  columns: readonly ResultColumn[],
  server: AdapterType,
): void {
  if (contract === undefined) return;
  const lower = (name: string) => name.toLowerCase();
  const said = new Map(contract.columns.map((column) => [lower(column.name), column]));
  const given = new Set(columns.map(({ name }) => lower(name)));
  const missing = contract.columns.filter(({ name }) => !given.has(lower(name)));
  const lines = [
    ...columns.flatMap((column) => mismatch(column, said.get(lower(column.name)), server)),
    ...missing.map(({ name, dataType }) => [name, '', dataType, 'missing in definition']),
  ].sort(([one], [other]) => (one! < other! ? -1 : 1));
  if (lines.length === 0) return;
  const at = relationText(relation);
  throw millraceError('model.contract', `the columns of ${at} are not those of its contract:\n${tableText(lines)}`, {
    at,
  });
}

/** A line in dbt's words; none where the column is as it should be. */
function mismatch(
  { name, type, dataType }: ResultColumn,
  said: ContractColumn | undefined,
  server: AdapterType,
): string[][] {
  if (said === undefined) return [[name, dataType, '', 'missing in contract']];
  const wanted = declaredKind(said.dataType);
  if (wanted === undefined || fits(givenKind(type), wanted, server)) return [];
  return [[name, dataType, said.dataType, 'data type mismatch']];
}

type Kind = 'boolean' | 'whole' | 'decimal' | 'float' | 'text' | 'bytes' | 'date' | 'time' | 'moment';

/** What a column takes besides its own kind without a change of the value. */
const TAKES: Readonly<Partial<Record<Kind, readonly Kind[]>>> = {
  whole: ['boolean'],
  decimal: ['whole', 'boolean'],
  // `1.0 / 3` is DECIMAL on MySQL's family and DOUBLE on DuckDB.
  float: ['decimal', 'whole'],
  moment: ['date'],
};

/** Undefined is of a kind that nothing is known of: an untyped NULL, a struct. MySQL's family has no booleans but whole numbers. */
function fits(given: Kind | undefined, wanted: Kind, server: AdapterType): boolean {
  if (server !== 'duckdb' && wanted === 'boolean' && given === 'whole') return true;
  return given === undefined || given === wanted || (TAKES[wanted]?.includes(given) ?? false);
}

const DECLARED: readonly (readonly [RegExp, Kind])[] = [
  [/^bool/, 'boolean'],
  [/^tinyint\(1\)/, 'whole'],
  [/^(?:u?(?:tiny|small|medium|big|huge)int|u?int(?:eger)?\d*|bit|year)\b/, 'whole'],
  [/^(?:decimal|numeric|dec|fixed|number)\b/, 'decimal'],
  [/^(?:float|double|real)/, 'float'],
  [/^(?:var)?char|^(?:tiny|medium|long)?text|^string|^nvarchar|^enum|^set\b|^json|^uuid/, 'text'],
  [/^(?:var)?binary|^(?:tiny|medium|long)?blob|^bytea|^bytes/, 'bytes'],
  [/^date$/, 'date'],
  [/^time(?:\(|$| without)/, 'time'],
  [/^(?:datetime|timestamp)/, 'moment'],
];

function declaredKind(dataType: string): Kind | undefined {
  const written = dataType.trim().toLowerCase();
  return DECLARED.find(([form]) => form.test(written))?.[1];
}

function givenKind(type: ColumnType): Kind | undefined {
  switch (type.kind) {
    case 'boolean':
      return 'boolean';
    case 'integer':
      return type.width === 1 ? 'boolean' : 'whole';
    case 'bit':
    case 'year':
      return 'whole';
    case 'decimal':
      // Sums of whole numbers are such on MySQL's family.
      return type.scale === 0 ? 'whole' : 'decimal';
    case 'text':
      // What some servers say of an untyped NULL, too; others take it for bytes.
      return type.length === 255 ? undefined : 'text';
    case 'bytes':
      return type.length === 1 ? undefined : 'bytes';
    case 'enum':
    case 'set':
    case 'json':
    case 'uuid':
      return 'text';
    case 'float':
    case 'date':
    case 'time':
      return type.kind;
    case 'datetime':
    case 'timestamp':
      return 'moment';
    default:
      return undefined;
  }
}

function tableText(lines: readonly (readonly string[])[]): string {
  const all = [['column_name', 'definition_type', 'contract_type', 'mismatch_reason'], ...lines];
  const widths = all[0]!.map((_, at) => Math.max(...all.map((line) => line[at]!.length)));
  const [head, ...rest] = all.map((line) => `| ${line.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |`);
  return [head, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rest].join('\n');
}
