import type { Connection } from 'mysql2/promise';
import type { SampleTable } from './sample-table.ts';

/**
 * Compares a copy with its source column by column, by checksums that both servers compute over text that both write alike, and by what the
 * catalog says of its types and key. `equal`, or what differs.
 */
export async function arrival(
  source: Connection,
  target: Connection,
  table: SampleTable,
  as = table.name,
): Promise<string> {
  const differences: string[] = [];
  const [rows, copied] = [await countRows(source, table.name), await countRows(target, as)];
  if (rows !== copied) differences.push(`${copied} of ${rows} rows`);
  if (!(await hasPrimaryKey(target, as))) differences.push('no primary key');
  for (const { name } of table.columns) {
    const [type, copiedType] = [await typeOf(source, table.name, name), await typeOf(target, as, name)];
    if (type !== copiedType) differences.push(`${name}: ${type} became ${copiedType ?? 'nothing'}`);
    if (copiedType === undefined) continue;
    const changed = await differing(source, target, table.name, as, name, type === 'json');
    if (changed) differences.push(`${name}: other values`);
  }
  return differences.length === 0 ? 'equal' : differences.join('; ');
}

async function countRows(connection: Connection, table: string): Promise<number> {
  return Number(await single(connection, `SELECT COUNT(*) FROM \`${table}\``));
}

async function hasPrimaryKey(connection: Connection, table: string): Promise<boolean> {
  return (
    Number(
      await single(
        connection,
        `SELECT COUNT(*) FROM INFORMATION_SCHEMA.STATISTICS WHERE ${at(table)} AND INDEX_NAME = 'PRIMARY'`,
      ),
    ) > 0
  );
}

/** Display widths are written by some servers only. */
async function typeOf(connection: Connection, table: string, column: string): Promise<string | undefined> {
  const sql = `SELECT COLUMN_TYPE FROM INFORMATION_SCHEMA.COLUMNS WHERE ${at(table)} AND COLUMN_NAME = '${column}'`;
  const type = await single(connection, sql);
  return type === undefined ? undefined : String(type).replace(/^(\w*int)\(\d+\)/, '$1');
}

function at(table: string): string {
  return `TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '${table}'`;
}

async function differing(
  source: Connection,
  target: Connection,
  table: string,
  as: string,
  column: string,
  json: boolean,
) {
  const sums = [];
  for (const [connection, name] of [
    [source, table],
    [target, as],
  ] as const) {
    // What is JSON at the source should be JSON at the target: text there is taken as the JSON that it should be.
    const text = json ? `CAST(CAST(\`${column}\` AS JSON) AS CHAR)` : `HEX(CAST(\`${column}\` AS CHAR))`;
    const hash = `CAST(CONV(LEFT(SHA2(CONCAT_WS(':', id, COALESCE(${text}, 'NULL')), 256), 15), 16, 10) AS UNSIGNED)`;
    sums.push(String(await single(connection, `SELECT SUM(${hash}) FROM \`${name}\``)));
  }
  return sums[0] !== sums[1];
}

async function single(connection: Connection, sql: string): Promise<unknown> {
  const [rows] = await connection.query({ sql, rowsAsArray: true });
  return (rows as unknown[][])[0]?.[0];
}
