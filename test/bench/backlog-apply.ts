import { createReadStream, readFileSync } from 'node:fs';
import { createConnection } from 'mysql2/promise';

/** How rows of a part are put in. */
export type Method = 'load-replace' | 'stage-update' | 'replace' | 'update';

/** A part of a backlog: a file of rows as LOAD DATA reads them, and ids of rows that are gone. */
export interface Part {
  readonly file: string;
  readonly gone: readonly number[];
}

const KEYS = 500;
const ROWS = 500;
const FORMAT = 'CHARACTER SET utf8mb4';

/**
 * `node backlog-apply.ts URL TABLE METHOD PARTS`: the ceiling of applying changes. Each part of the JSON file is a transaction. Prints the seconds
 * from the first statement to the last answer; statements are made ready before.
 */
async function main([url, table, method, parts]: string[]): Promise<void> {
  const connection = await createConnection({
    uri: url!,
    charset: 'utf8mb4',
    infileStreamFactory: (path) => createReadStream(path, { highWaterMark: 1 << 20 }),
    flags: ['LOCAL_FILES'],
  });
  await connection.query(
    "SET sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', time_zone = '+00:00', foreign_key_checks = 0",
  );
  const names = await columnsOf(table!);
  const list = JSON.parse(readFileSync(parts!, 'utf8')) as Part[];
  const statements = list.map((part) => [...removals(table!, part), ...puts(table!, method as Method, part, names)]);
  await connection.query(`CREATE TABLE ${table}_staged LIKE ${table}`);
  const started = performance.now();
  for (const each of statements) {
    await connection.query('BEGIN');
    for (const sql of each) await connection.query(sql);
    await connection.query('COMMIT');
  }
  process.stdout.write(String((performance.now() - started) / 1000));
  await connection.end();

  async function columnsOf(name: string): Promise<string[]> {
    const [rows] = await connection.query({ sql: `SHOW COLUMNS FROM ${name}`, rowsAsArray: true });
    return (rows as unknown as string[][]).map(([column]) => column!);
  }
}

function removals(table: string, { gone }: Part): string[] {
  return chunks(gone, KEYS).map((ids) => `DELETE FROM ${table} WHERE id IN (${ids.join(', ')})`);
}

function puts(table: string, method: Method, { file }: Part, names: readonly string[]): string[] {
  const updates = (value: (name: string) => string) => names.map((name) => `${name} = ${value(name)}`).join(', ');
  if (method === 'load-replace') return [`LOAD DATA LOCAL INFILE '${file}' REPLACE INTO TABLE ${table} ${FORMAT}`];
  if (method === 'stage-update') {
    const staged = `${table}_staged`;
    return [
      `DELETE FROM ${staged}`,
      `LOAD DATA LOCAL INFILE '${file}' INTO TABLE ${staged} ${FORMAT}`,
      `INSERT INTO ${table} SELECT * FROM ${staged} ON DUPLICATE KEY UPDATE ${updates((name) => `${staged}.${name}`)}`,
    ];
  }
  const rows = readFileSync(file, 'utf8').split('\n').slice(0, -1).map(literals);
  const verb = method === 'replace' ? 'REPLACE' : 'INSERT';
  const tail = method === 'replace' ? '' : ` ON DUPLICATE KEY UPDATE ${updates((name) => `VALUES(${name})`)}`;
  return chunks(rows, ROWS).map((some) => `${verb} INTO ${table} VALUES ${some.join(', ')}${tail}`);
}

/** A line of LOAD DATA as a row of VALUES: its escapes mean the same in a string. */
function literals(line: string): string {
  const values = line.split('\t').map((field) => (field === '\\N' ? 'NULL' : `'${field.replaceAll("'", "''")}'`));
  return `(${values.join(', ')})`;
}

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}

await main(process.argv.slice(2));
