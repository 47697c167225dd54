import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Column } from '../../connectors/contract/index.ts';
import { deleteByKeys, type KeyedTable, removeSql } from '../../connectors/sql/delete-keys.ts';
import { deletedAt } from '../../connectors/sql/shape.ts';
import { inDatabase, servers, single } from './schema-server.ts';

const number: Column = { name: 'a', type: { kind: 'integer', bits: 32, unsigned: false }, nullable: false };
const word: Column = {
  name: 'b`c',
  type: { kind: 'text', length: 30, charset: 'utf8mb4', collation: 'utf8mb4_bin' },
  nullable: true,
};

for (const dialect of servers) {
  describe(`deleteByKeys on ${dialect}`, () => {
    it('deletes exactly these rows, by any key', async () => {
      await inDatabase(dialect, async (database, run) => {
        await run(
          `CREATE TABLE ${database}.t (a INT NOT NULL, \`b\`\`c\` VARCHAR(30) COLLATE utf8mb4_bin, UNIQUE KEY k (a, \`b\`\`c\`))`,
        );
        await run(
          `INSERT INTO ${database}.t VALUES (1, 'x'), (1, 'X'), (1, 'it''s \\\\ 😀'), (1, ''), (1, NULL), (2, NULL), (2, 'x')`,
        );
        const keyed: KeyedTable = { dialect, table: { namespace: database, name: 't' }, key: [number, word] };
        const keys = [
          ['1', 'x'],
          ['1', "it's \\ 😀"],
          ['1', ''],
          ['2', null],
          ['9', 'x'],
        ];
        assert.equal(await deleteByKeys(run, keyed, keys), 4);
        assert.equal(await deleteByKeys(run, keyed, keys), 0);
        const left = await run(`SELECT a, \`b\`\`c\` FROM ${database}.t ORDER BY a, \`b\`\`c\``);
        assert.deepEqual(
          left.map((row) => row.map((cell) => cell?.toString() ?? null)),
          [
            ['1', null],
            ['1', 'X'],
            ['2', 'x'],
          ],
        );
      });
    });

    it('marks rows softly, once', async () => {
      await inDatabase(dialect, async (database, run) => {
        await run(`CREATE TABLE ${database}.t (a INT NOT NULL PRIMARY KEY, ${deletedAt.name} DATETIME(6) NULL)`);
        await run(`INSERT INTO ${database}.t (a) VALUES (1), (2), (3)`);
        const keyed: KeyedTable = {
          dialect,
          table: { namespace: database, name: 't' },
          key: [number],
          deletedAt: deletedAt.name,
        };
        assert.equal(await deleteByKeys(run, keyed, [['1'], ['3']]), 2);
        assert.equal(await deleteByKeys(run, keyed, [['1'], ['2']]), 1);
        assert.equal(
          await single(
            run,
            `SELECT COUNT(*) FROM ${database}.t WHERE ${deletedAt.name} > UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE`,
          ),
          '3',
        );
      });
    });

    it('goes by the index of the key, also for 1,200 keys of two columns', async () => {
      await inDatabase(dialect, async (database, run) => {
        await run(
          `CREATE TABLE ${database}.t (a INT NOT NULL, \`b\`\`c\` VARCHAR(30) COLLATE utf8mb4_bin NOT NULL, PRIMARY KEY (a, \`b\`\`c\`))`,
        );
        const rows = Array.from({ length: 10_000 }, (_, i) => `(${i}, 'k${i}')`);
        await run(`INSERT INTO ${database}.t VALUES ${rows.join(', ')}`);
        await run(`ANALYZE TABLE ${database}.t`);
        const keyed: KeyedTable = { dialect, table: { namespace: database, name: 't' }, key: [number, word] };
        const keys = Array.from({ length: 1200 }, (_, i) => [`${i * 3}`, `k${i * 3}`]);
        const format = dialect === 'mysql' ? 'FORMAT=TRADITIONAL ' : '';
        const explained = await run(`EXPLAIN ${format}${removeSql(keyed, keys.slice(0, 500))}`);
        assert.match(explained.flat().join('\n'), /^range$|Point_Get/m);
        assert.equal(await deleteByKeys(run, keyed, keys), 1200);
        assert.equal(await single(run, `SELECT COUNT(*) FROM ${database}.t`), '8800');
      });
    });
  });
}
