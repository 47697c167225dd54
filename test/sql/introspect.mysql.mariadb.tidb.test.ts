import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StreamSchema } from '../../connectors/contract/index.ts';
import { introspect } from '../../connectors/sql/introspect.ts';
import type { Run } from '../../connectors/sql/introspect-run.ts';
import { quoteName } from '../../connectors/sql/quote.ts';
import { inDatabase, type ServerDialect, servers } from './schema-server.ts';

const names = [
  'a`b',
  'a.b',
  'a b',
  `sel"ect'`,
  'p%_',
  'back\\slash',
  'select',
  'é日',
  'x'.repeat(64),
  'tab\there',
  '.',
  '*?',
];

async function schemaOf(run: Run, dialect: ServerDialect, database: string, ddl: string): Promise<StreamSchema> {
  await run(`CREATE TABLE ${database}.t (${ddl}`);
  const [schema] = await introspect(run, dialect, [`${database}.t`]);
  assert.ok(schema);
  return schema;
}

function column(schema: StreamSchema, name: string) {
  const found = schema.columns.find((each) => each.name === name);
  assert.ok(found, name);
  return found;
}

for (const dialect of servers) {
  describe(`introspect on ${dialect}`, () => {
    it('finds names of any kind, whole', async () => {
      await inDatabase(dialect, async (database, run) => {
        for (const name of names) {
          const quoted = quoteName(name);
          await run(
            `CREATE TABLE ${database}.${quoted} (${quoted} INT NOT NULL, v INT, PRIMARY KEY (${quoted}), KEY ${quoteName(`k${name}`.slice(0, 64))} (v))`,
          );
        }
        const found = await introspect(run, dialect, [`${database}.*`]);
        assert.deepEqual(found.map((schema) => schema.stream.name).toSorted(), names.toSorted());
        for (const schema of found) {
          assert.equal(schema.columns[0]?.name, schema.stream.name);
          assert.deepEqual(schema.key, [schema.stream.name]);
          assert.equal(schema.indexes?.[0]?.name, `k${schema.stream.name}`.slice(0, 64));
        }
      });
    });

    it('takes % and _ of a pattern for themselves, and never its own tables or views', async () => {
      await inDatabase(dialect, async (database, run) => {
        for (const name of ['a_c', 'abc', '_millrace_state', 'a%c'])
          await run(`CREATE TABLE ${database}.\`${name}\` (i INT)`);
        await run(`CREATE VIEW ${database}.a_v AS SELECT 1 AS one`);
        const found = async (pattern: string) =>
          (await introspect(run, dialect, [`${database}.${pattern}`])).map((schema) => schema.stream.name);
        assert.deepEqual(await found('a_c'), ['a_c']);
        assert.deepEqual(await found('*'), ['a%c', 'a_c', 'abc']);
        assert.deepEqual(await found('a?c'), ['a%c', 'a_c', 'abc']);
      });
    });

    it('tells literal defaults from expressions', async () => {
      await inDatabase(dialect, async (database, run) => {
        const schema = await schemaOf(
          run,
          dialect,
          database,
          `q VARCHAR(20) NOT NULL DEFAULT 'it''s', bs VARCHAR(9) DEFAULT 'a\\\\b', nl VARCHAR(9) DEFAULT 'a\\nb', nt VARCHAR(9) DEFAULT 'NULL',
           n VARCHAR(9) DEFAULT NULL, e VARCHAR(9) DEFAULT '', i INT DEFAULT -5, d DECIMAL(10,2) DEFAULT 1.50, b BIT(4) DEFAULT b'101',
           en ENUM('x','y,z') DEFAULT 'y,z', now3 DATETIME(3) DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3),
           ts TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, zero DATETIME DEFAULT '2020-01-01 00:00:00', u VARCHAR(36) DEFAULT (uuid()),
           vb VARBINARY(9) DEFAULT x'ff00e9')`,
        );
        const value = (text: string) => ({ kind: 'value', text });
        const expression = (sql: string) => ({ kind: 'expression', sql });
        const defaults = Object.fromEntries(schema.columns.map((each) => [each.name, each.default]));
        assert.deepEqual(defaults, {
          q: value("it's"),
          bs: value('a\\b'),
          nl: value('a\nb'),
          nt: value('NULL'),
          n: undefined,
          e: value(''),
          i: value('-5'),
          d: value('1.50'),
          b: expression("b'101'"),
          en: value('y,z'),
          now3: expression('CURRENT_TIMESTAMP(3)'),
          ts: expression('CURRENT_TIMESTAMP'),
          zero: value('2020-01-01 00:00:00'),
          u: expression('uuid()'),
          vb: expression(''),
        });
        assert.equal(column(schema, 'now3').onUpdate, 'CURRENT_TIMESTAMP(3)');
      });
    });

    it('reads keys, indexes, generated columns, comments and the next AUTO_INCREMENT value', async () => {
      await inDatabase(dialect, async (database, run) => {
        const schema = await schemaOf(
          run,
          dialect,
          database,
          `id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, a VARCHAR(20) COMMENT 'c''x \\\\ "q', b INT, g INT GENERATED ALWAYS AS (b + 1) STORED,
           PRIMARY KEY (b, id), UNIQUE KEY ua (a), KEY pre (a(3), b), KEY des (b DESC), KEY (id)) COMMENT='ta''b' AUTO_INCREMENT=77`,
        );
        await run(`INSERT INTO ${database}.t (id, b) VALUES (500, 1)`);
        const [again] = await introspect(run, dialect, [`${database}.t`]);
        assert.deepEqual(schema.key, ['b', 'id']);
        assert.equal(schema.comment, "ta'b");
        assert.equal(column(schema, 'a').comment, `c'x \\ "q`);
        assert.equal(column(schema, 'id').autoIncrement, true);
        assert.equal(column(schema, 'g').generated?.stored, true);
        assert.match(column(schema, 'g').generated?.sql ?? '', /`b` \+ 1/);
        const index = (name: string) => schema.indexes?.find((each) => each.name === name);
        assert.deepEqual(index('ua'), { name: 'ua', unique: true, kind: 'btree', parts: [{ column: 'a' }] });
        assert.deepEqual(index('pre')?.parts, [{ column: 'a', length: 3 }, { column: 'b' }]);
        // TiDB takes DESC and ignores it.
        assert.equal(index('des')?.parts[0]?.descending, dialect === 'tidb' ? undefined : true);
        assert.equal(index('PRIMARY'), undefined);
        assert.ok(Number(again?.nextAutoIncrement) >= 501, again?.nextAutoIncrement);
      });
    });

    it('takes a whole NOT NULL unique key where there is no primary key', async () => {
      await inDatabase(dialect, async (database, run) => {
        const schema = await schemaOf(
          run,
          dialect,
          database,
          'a INT NOT NULL, b INT NOT NULL, c INT, t VARCHAR(30) NOT NULL, UNIQUE KEY k1 (c), UNIQUE KEY k2 (t(3)), UNIQUE KEY k3 (a, b))',
        );
        assert.deepEqual(schema.key, ['a', 'b']);
        assert.deepEqual(
          schema.indexes?.map((index) => index.name),
          ['k1', 'k2'],
        );
      });
    });
  });
}

describe('introspect', () => {
  it('reads what only some servers have: checks, expressions in keys, JSON of MariaDB', async () => {
    await inDatabase('mysql', async (database, run) => {
      const schema = await schemaOf(
        run,
        'mysql',
        database,
        `a VARCHAR(20), b INT, j JSON DEFAULT (json_object('k', 'it''s')), CONSTRAINT ck CHECK (a <> 'x''y\\\\z'),
         CONSTRAINT off CHECK (b > 1) NOT ENFORCED, KEY fn ((concat(a, 'x''y'))), FULLTEXT KEY ft (a))`,
      );
      assert.deepEqual(schema.checks, [{ name: 'ck', sql: "(`a` <> _utf8mb4'x\\'y\\\\z')" }]);
      assert.deepEqual(column(schema, 'j').default, {
        kind: 'expression',
        sql: "json_object(_utf8mb4'k',_utf8mb4'it\\'s')",
      });
      assert.deepEqual(
        schema.indexes?.map(({ name, kind, parts }) => ({ name, kind, parts })),
        [
          { name: 'fn', kind: 'btree', parts: [{ sql: "concat(`a`,_utf8mb4'x\\'y')" }] },
          { name: 'ft', kind: 'fulltext', parts: [{ column: 'a' }] },
        ],
      );
    });
    await inDatabase('mariadb', async (database, run) => {
      const schema = await schemaOf(
        run,
        'mariadb',
        database,
        "j JSON, l LONGTEXT, b INT CHECK (b > 1), CONSTRAINT ck CHECK (l <> 'x'))",
      );
      assert.equal(column(schema, 'j').type.kind, 'json');
      assert.equal(column(schema, 'l').type.kind, 'text');
      assert.deepEqual(
        schema.checks?.map((check) => check.sql),
        ['`b` > 1', "`l` <> 'x'"],
      );
    });
  });
});
