import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AdapterSession } from '../../../transforms/adapter/adapter.ts';
import { inPlace, never, servers } from './target.ts';

const OTHER = 'STRICT_ALL_TABLES,ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES';

async function value(session: AdapterSession, sql: string): Promise<string> {
  const { table } = await session.execute(sql, { fetch: true });
  return String(table!.rows[0]!.at(-1));
}

const isAnsi = async (session: AdapterSession) => /ANSI_QUOTES/.test(await value(session, 'SELECT @@sql_mode'));

for (const type of servers) {
  describe(`the modes of statements on ${type}`, () => {
    it('are those that were set last, also where others were sent to the connection before', () =>
      inPlace(type, async ({ adapter, session, sql }) => {
        assert.equal(await isAnsi(session), false);
        session.setModes(OTHER);
        assert.equal(await value(session, `SELECT "b" || '\\' FROM (SELECT 'a' AS "b") AS t`), 'a\\');
        session.setModes(undefined);
        await session.execute(`CREATE TABLE ${sql('t')} (id INT)`);
        await session.execute(`ALTER TABLE ${sql('t')} COMMENT 'it\\'s'`);
        session.setModes(OTHER);
        await session.execute(`CREATE TABLE ${sql('u')} (id INT CHECK (id > 0), "v" INT)`);
        assert.equal(await value(session, 'SELECT "v" FROM u UNION ALL SELECT 7'), '7');
        await session[Symbol.asyncDispose]();
        await using next = await adapter.session(never);
        assert.equal(await isAnsi(next), false);
      }));

    it('are not those that a statement of a project sets', () =>
      inPlace(type, async ({ adapter, session }) => {
        await session.execute(`SET SESSION sql_mode = '${OTHER}'`);
        await session[Symbol.asyncDispose]();
        await using next = await adapter.session(never);
        assert.equal(await isAnsi(next), false);
      }));

    it('do not matter for names in the catalogue', () =>
      inPlace(type, async ({ session, name, sql }) => {
        await session.execute(`CREATE TABLE ${sql('a\\b')} (id INT)`);
        session.setModes(OTHER);
        await session.execute('SELECT 1');
        assert.equal((await session.standing([name('a\\b')]))[0]?.identifier, 'a\\b');
      }));

    // TiDB counts no statements by their kind.
    if (type === 'tidb') return;
    it('are not sent where nothing depends on them', () =>
      inPlace(type, async ({ session, sql }) => {
        const sent = () => value(session, "SHOW SESSION STATUS LIKE 'Com_set_option'");
        session.setModes(OTHER);
        const before = await sent();
        for (const statement of [
          `CREATE TABLE ${sql('t')} (\n  \`with 'text'\` bigint NULL\n) DEFAULT CHARACTER SET utf8mb4`,
          `RENAME TABLE ${sql('t')} TO ${sql('select')}`,
          'BEGIN',
          'COMMIT',
          `TRUNCATE TABLE ${sql('select')}`,
          `DROP TABLE IF EXISTS ${sql('select')}`,
        ]) {
          session.setModes(undefined);
          await session.execute(statement);
          session.setModes(OTHER);
        }
        assert.equal(await sent(), before);
      }));
  });
}
