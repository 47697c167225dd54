import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { createConnection } from 'mysql2/promise';
import { sharedUrl } from '../../services/shared.ts';
import { askBuild } from '../../transforms/project/oracle.ts';
import { filesOf, SHOP } from '../../transforms/project/shop.ts';
import { folder, millrace } from '../command-line.ts';
import { type ReadTable, without, withoutDigits } from './read-table.ts';
import { dropSchemas, readSchemas } from './server-tables.ts';
import { copyShop, readDbt, readFileTables, writeProfile } from './shop.ts';

const BUILD = ['build'];
let theirs: Record<string, ReadTable>;
let onDuckdb: Record<string, ReadTable>;

before(async () => {
  const commands = [['seed'], ['build']];
  theirs = readDbt(await askBuild({ files: filesOf(SHOP), commands, database: 'corner_shop.duckdb' }));
  using own = folder();
  copyShop(own.path);
  await build(own.path);
  onDuckdb = await readFileTables(join(own.path, 'corner_shop.duckdb'));
});

for (const type of ['tidb', 'mysql', 'mariadb'] as const) {
  test(`the project of standard SQL builds on ${type}, twice, and every table is declared and filled as on DuckDB, and holds what dbt makes of it there`, async () => {
    using own = folder();
    const schema = `mr_${randomBytes(5).toString('hex')}`;
    copyShop(own.path);
    writeProfile(own.path, type, sharedUrl(type), schema);
    const connection = await createConnection({ uri: sharedUrl(type), charset: 'utf8mb4' });
    try {
      await build(own.path);
      const tables = still(await readSchemas(connection, schema, 'shop'));
      assert.deepEqual(tables, still(onDuckdb));
      assert.deepEqual(withoutDigits(tables), withoutDigits(still(theirs)));
    } finally {
      await dropSchemas(connection, schema);
      await connection.end();
    }
  });
}

async function build(path: string): Promise<void> {
  for (const words of [['seed'], BUILD, BUILD]) {
    const told = await millrace(path, words);
    assert.equal(told.code, 0, told.err);
  }
}

/** Without what is of the moment, and the ids of snapshots, which are no md5() here. */
function still(tables: Record<string, ReadTable>): Record<string, ReadTable> {
  const moving = ['dbt_scd_id', 'dbt_updated_at', 'dbt_valid_from'];
  return without(tables, { 'shop_history.order_states': moving, 'shop_history.product_history': ['dbt_scd_id'] });
}
