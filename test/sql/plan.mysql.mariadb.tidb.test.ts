import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Column, MillraceError, StreamSchema, Target } from '../../connectors/contract/index.ts';
import { introspectTables } from '../../connectors/sql/introspect.ts';
import type { Run } from '../../connectors/sql/introspect-run.ts';
import { type PlanRequest, planTarget, type SqlPlan } from '../../connectors/sql/plan.ts';
import { applyPlan } from '../../connectors/sql/plan-apply.ts';
import { readServerFacts } from '../../connectors/sql/shape-facts.ts';
import { swapTables } from '../../connectors/sql/swap-name.ts';
import { sample, targetOf } from './schema-sample.ts';
import { inDatabase, openSession, type ServerDialect, servers, single } from './schema-server.ts';

const pipeline = '0b5a7a3e-55a1-4a34-9f0f-6f1f0d7c1c11';
const id: Column = { name: 'id', type: { kind: 'integer', bits: 32, unsigned: false }, nullable: false };
const word = (length: number): Column => ({
  name: 'word',
  type: { kind: 'text', length, charset: 'utf8mb4', collation: 'utf8mb4_bin' },
  nullable: false,
});

function table(columns: readonly Column[], more: Partial<StreamSchema> = {}): StreamSchema {
  return { stream: { namespace: 'src', name: 't' }, columns, key: ['id'], ...more };
}

/** Plans, and applies what is planned. */
interface Planner {
  plan(source: StreamSchema, more?: Partial<Target>, request?: Partial<PlanRequest>): Promise<SqlPlan>;
  columns(): Promise<string[]>;
  readonly run: Run;
  readonly database: string;
}

async function withPlanner(dialect: ServerDialect, test: (planner: Planner) => Promise<void>): Promise<void> {
  await inDatabase(dialect, async (database, run) => {
    const facts = await readServerFacts(run, dialect);
    const plan: Planner['plan'] = (source, more = {}, request = {}) =>
      planTarget(run, {
        facts,
        target: targetOf(source, database, more),
        pipeline,
        generation: undefined,
        owned: true,
        ...request,
      });
    const columns = async () => {
      const [found] = await introspectTables(run, dialect, [{ namespace: database, name: 't' }]);
      return (found?.columns ?? []).map((column) =>
        `${column.name} ${column.native}${column.nullable ? '' : ' NOT NULL'}`.replace(/int\(\d+\)/, 'int'),
      );
    };
    await test({ plan, columns, run, database });
  });
}

const statements = (plan: SqlPlan) => plan.actions.flatMap((action) => action.sql ?? []);
const differing = (plan: SqlPlan) =>
  plan.actions.filter(({ summary }) => /source$|stays at|at the target$/.test(summary)).map(({ summary }) => summary);
const reasons = (plan: SqlPlan) => plan.refused.map((finding) => finding.message).join('\n');

for (const dialect of servers) {
  describe(`planTarget on ${dialect}`, () => {
    it('tells of defaults, comments and CHECKs that changed at the source, and leaves them', async () => {
      await withPlanner(dialect, async ({ plan, run, database }) => {
        const numbered = (text: string): Column => ({ ...id, name: 'n', default: { kind: 'value', text } });
        const first = table([id, numbered('1'), word(9)], { comment: 'old' });
        await applyPlan(run, await plan(first));
        const second = table([id, numbered('2'), { ...word(9), comment: 'said' }], {
          comment: 'new',
          ...(dialect === 'tidb' ? {} : { checks: [{ name: 'c', sql: '`n` > 0' }] }),
        });
        const changed = await plan(second);
        assert.deepEqual(statements(changed), []);
        assert.ok(changed.actions.every(({ effect }) => effect === 'none'));
        assert.deepEqual(
          changed.actions.map(({ summary }) => summary),
          [
            'default of n stays 1: it is 2 at the source',
            'comment of word stays "": it is "said" at the source',
            'comment of the table stays "old": it is "new" at the source',
            ...(dialect === 'tidb' ? [] : ['CHECK c (`n` > 0) of the source is not at the target']),
          ],
        );
        assert.deepEqual(differing(await plan(second, { adopt: true })), [], 'a table of somebody else');
        await run(`ALTER TABLE ${database}.t ALTER COLUMN n SET DEFAULT 2`);
        assert.equal(differing(await plan(second)).filter((note) => note.startsWith('default')).length, 0);
      });
    });

    it('carries what is invisible where the server knows it, and says where not', async () => {
      await withPlanner(dialect, async ({ plan, run }) => {
        const hidden: Column = { ...word(9), name: 'hidden', nullable: true, invisible: true };
        const index = {
          name: 'by_word',
          unique: false,
          kind: 'btree',
          invisible: true,
          parts: [{ column: 'word' }],
        } as const;
        const source = table([id, word(9), hidden, { ...hidden, name: 'strict', nullable: false }], {
          indexes: [index],
        });
        const first = await plan(source);
        await applyPlan(run, first);
        const [found] = await introspectTables(run, dialect, [first.target.table]);
        const invisible = found!.columns.filter((column) => column.invisible).map(({ name }) => name);
        const said = first.actions.filter(({ effect }) => effect === 'none').map(({ summary }) => summary);
        const kept = { mysql: ['hidden', 'strict'], mariadb: ['hidden'], tidb: [] }[dialect];
        assert.deepEqual(invisible, kept);
        assert.equal(said.filter((note) => /is visible at the target/.test(note)).length, 2 - kept.length);
        assert.deepEqual(
          found!.indexes?.map(({ name, invisible }) => [name, invisible]),
          [['by_word', true]],
        );
        assert.deepEqual(statements(await plan(source)), []);
        const wider = table([id, word(9), { ...hidden, type: word(20).type }, { ...hidden, name: 'strict' }], {
          indexes: [index],
        });
        await applyPlan(run, await plan(wider));
        const [widened] = await introspectTables(run, dialect, [first.target.table]);
        assert.deepEqual(
          widened!.columns.filter((column) => column.invisible).map(({ name }) => name),
          kept,
        );
      });
    });

    it('makes a table once: planned again there is nothing to do', async () => {
      await withPlanner(dialect, async ({ plan, run }) => {
        for (const more of [{}, { write: 'soft_delete' }, { constant: { column: 'shard', value: 'x' } }] as const) {
          const source = { ...sample, stream: { namespace: 'src', name: `t_${Object.keys(more).join()}` } };
          const first = await plan(source, more);
          assert.ok(statements(first).length >= 2);
          await applyPlan(run, first);
          await applyPlan(run, first);
          const again = await plan(source, more);
          assert.deepEqual(statements(again), []);
          assert.deepEqual(differing(again), [], 'what was made is as it was asked for');
        }
      });
    });

    it('goes on after a kill behind any statement', async () => {
      await withPlanner(dialect, async ({ plan, run }) => {
        const whole = statements(await plan(sample));
        for (let done = 0; done <= whole.length; done++) {
          const source = { ...sample, stream: { namespace: 'src', name: `t${done}` } };
          const planned = await plan(source);
          for (const sql of statements(planned).slice(0, done)) await run(sql);
          await applyPlan(run, planned);
          assert.deepEqual(statements(await plan(source)), []);
        }
      });
    });

    it('adds and widens columns, and lets lost ones be NULL', async () => {
      await withPlanner(dialect, async ({ plan, run, columns, database }) => {
        await applyPlan(run, await plan(table([id, word(5), { ...word(3), name: 'old' }])));
        await run(`INSERT INTO ${database}.t VALUES (1, 'a', 'b')`);
        const extra: Column = { name: 'extra', type: { kind: 'integer', bits: 64, unsigned: true }, nullable: false };
        const next = table([
          { ...id, type: { kind: 'integer', bits: 64, unsigned: false } },
          { ...word(50), nullable: true },
          extra,
        ]);
        const planned = await plan(next);
        assert.deepEqual(
          planned.actions.map((action) => action.effect),
          ['safe'],
        );
        await applyPlan(run, planned);
        const unsigned = dialect === 'mariadb' ? 'bigint unsigned' : 'bigint unsigned';
        assert.deepEqual(await columns(), [
          'id bigint NOT NULL',
          'word varchar(50)',
          'old varchar(3)',
          `extra ${unsigned}`,
        ]);
        assert.deepEqual(statements(await plan(next)), []);
      });
    });

    it('takes a column that holds more than is needed as it is', async () => {
      await withPlanner(dialect, async ({ plan, run, database }) => {
        await run(
          `CREATE TABLE ${database}.t (id BIGINT NOT NULL PRIMARY KEY, word LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, mine INT NULL)`,
        );
        assert.deepEqual(statements(await plan(table([id, word(5)]))), []);
      });
    });

    it('calls narrowing destructive and refuses another key', async () => {
      await withPlanner(dialect, async ({ plan, run }) => {
        await applyPlan(run, await plan(table([id, word(50)])));
        const narrower = await plan(table([id, { name: 'word', type: { kind: 'date' }, nullable: false }]));
        assert.deepEqual(
          narrower.actions.map((action) => action.effect),
          ['destructive'],
        );
        const other = await plan(table([id, word(50)], { key: ['word'] }));
        assert.match(reasons(other), /has key \(id\) and the rows have key \(word\)/);
        assert.deepEqual(other.actions, []);
        await assert.rejects(applyPlan(run, other), (error: MillraceError) => error.code === 'schema.refused');
      });
    });

    it('refuses a key under a collation that swallows rows', async () => {
      await withPlanner(dialect, async ({ plan, run, database }) => {
        await run(
          `CREATE TABLE ${database}.t (word VARCHAR(5) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL PRIMARY KEY)`,
        );
        assert.match(
          reasons(await plan(table([word(5)], { key: ['word'] }))),
          /utf8mb4_general_ci at the target and utf8mb4_bin is wanted/,
        );
      });
    });

    it('keeps keys apart that only the source tells apart', async () => {
      await withPlanner(dialect, async ({ plan, run, database }) => {
        const from = dialect === 'mysql' ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_as_cs';
        const source = table([{ ...word(9), type: { kind: 'text', length: 9, charset: 'utf8mb4', collation: from } }], {
          key: ['word'],
        });
        await applyPlan(run, await plan(source));
        await run(`INSERT INTO ${database}.t VALUES ('a'), ('a '), ('A'), ('á'), ('😀'), ('😁')`);
        assert.equal(await single(run, `SELECT COUNT(*) FROM ${database}.t`), '6');
        assert.deepEqual(statements(await plan(source)), []);
      });
    });

    it('gives text keys without limit one that the server takes', async () => {
      await withPlanner(dialect, async ({ plan, run }) => {
        const open = (name: string): Column => ({
          ...word(1),
          name,
          type: { kind: 'text', bytes: 4294967295, charset: 'utf8mb4', collation: 'utf8mb4_bin' },
        });
        const bytes: Column = { name: 'raw', type: { kind: 'bytes', bytes: 65535 }, nullable: false };
        for (const columns of [[open('a')], [open('a'), open('b')], [bytes], [open('a'), bytes, id]]) {
          const key = columns.map((column) => column.name);
          const source = { ...table(columns, { key }), stream: { namespace: 'src', name: key.join('_') } };
          const planned = await plan(source, { constant: { column: 'shard', value: 'x' } });
          assert.ok(
            planned.actions.some((action) =>
              /holds up to \d+ (characters|bytes): a key needs a limit/.test(action.summary),
            ),
          );
          await applyPlan(run, planned);
          assert.deepEqual(statements(await plan(source, { constant: { column: 'shard', value: 'x' } })), []);
        }
      });
    });

    it('sees a table whose name differs by case only where the server does', async () => {
      await withPlanner(dialect, async ({ plan, run, database }) => {
        await run(`CREATE TABLE ${database}.T (id INT NOT NULL PRIMARY KEY)`);
        const planned = await plan(table([id, word(5)]), {}, { owned: false });
        if (dialect === 'tidb') assert.match(reasons(planned), /is there already/);
        else assert.match(statements(planned)[0] ?? '', /^CREATE TABLE/);
        await applyPlan(run, await plan(table([id, word(5)])));
        assert.deepEqual(statements(await plan(table([id, word(5)]))), []);
      });
    });

    it('touches no table that it did not make, and no view', async () => {
      await withPlanner(dialect, async ({ plan, run, database }) => {
        await run(
          `CREATE TABLE ${database}.t (id INT NOT NULL PRIMARY KEY, word VARCHAR(5) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)`,
        );
        const source = table([id, word(5)]);
        assert.match(reasons(await plan(source, {}, { owned: false })), /was not made by this pipeline/);
        assert.equal(reasons(await plan(source, { adopt: true }, { owned: false })), '');
        await run(`CREATE VIEW ${database}.v AS SELECT 1 AS id`);
        const view = { ...source, stream: { namespace: 'src', name: 'v' } };
        for (const write of ['upsert', 'overwrite'] as const) {
          assert.match(reasons(await plan(view, { write, adopt: true }, { generation: 1 })), /is a view/);
        }
      });
    });

    it('stops when the table is no longer what was planned for', async () => {
      await withPlanner(dialect, async ({ plan, run, database, columns }) => {
        await applyPlan(run, await plan(table([id, word(5)])));
        const planned = await plan(table([id, word(9)]));
        await run(
          `ALTER TABLE ${database}.t MODIFY word VARCHAR(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, ADD must INT NOT NULL`,
        );
        await assert.rejects(applyPlan(run, planned), (error: MillraceError) => error.code === 'schema.moved');
        assert.deepEqual(await columns(), ['id int NOT NULL', 'word varchar(300) NOT NULL', 'must int NOT NULL']);
      });
    });

    it('builds beside for overwrite, and goes on with a build of the same generation', async () => {
      await withPlanner(dialect, async ({ plan, run, database }) => {
        await run(`CREATE TABLE ${database}.t (id INT NOT NULL PRIMARY KEY)`);
        const source = table([id, word(5)]);
        const begin = await plan(source, { write: 'overwrite' }, { generation: 3 });
        const { build } = swapTables(dialect, pipeline, { namespace: database, name: 't' }, 3);
        assert.deepEqual(begin.load, build);
        assert.ok(build.name.length <= 64);
        await applyPlan(run, begin);
        await run(`INSERT INTO ${database}.${build.name} VALUES (1, 'a')`);
        await applyPlan(run, begin);
        assert.deepEqual(statements(await plan(source, { write: 'overwrite' }, { generation: 3 })), []);
        assert.equal(await single(run, `SELECT COUNT(*) FROM ${database}.${build.name}`), '1');
      });
    });

    it('refuses to replace a table that foreign keys or triggers hang on', async () => {
      await withPlanner(dialect, async ({ plan, run, database }) => {
        await run(`CREATE TABLE ${database}.t (id INT NOT NULL PRIMARY KEY)`);
        await run(
          `CREATE TABLE ${database}.child (id INT NOT NULL PRIMARY KEY, t_id INT, CONSTRAINT fk_t FOREIGN KEY (t_id) REFERENCES ${database}.t (id))`,
        );
        const replace = async (name: string) =>
          plan({ ...table([id]), stream: { namespace: 'src', name } }, { write: 'overwrite' }, { generation: 1 });
        for (const name of ['t', 'child']) {
          const planned = await replace(name);
          assert.match(reasons(planned), /foreign keys follow the old table \(fk_t of /);
          assert.match(planned.refused[0]?.fix ?? '', /upsert/);
        }
        assert.equal(reasons(await plan(table([id]))), '');
        if (dialect === 'tidb') return;
        await run(`CREATE TABLE ${database}.trig (id INT NOT NULL PRIMARY KEY)`);
        await run(`CREATE TRIGGER ${database}.tr BEFORE INSERT ON ${database}.trig FOR EACH ROW SET NEW.id = NEW.id`);
        assert.match(reasons(await replace('trig')), /triggers stay with the old table \(tr\)/);
      });
    });

    it('refuses to replace a table that shards share, and columns of unknown types', async () => {
      await withPlanner(dialect, async ({ plan }) => {
        const shard = { write: 'overwrite', constant: { column: 'shard', value: 'x' } } as const;
        assert.match(reasons(await plan(table([id]), shard, { generation: 1 })), /would lose the rows of the others/);
        const unknown: Column = { name: 'place', type: { kind: 'unknown' }, nullable: true, native: 'geometry' };
        const planned = await plan(table([id, unknown]));
        assert.deepEqual(
          planned.refused.map((finding) => [finding.code, finding.side]),
          [['type.unsupported', 'source']],
        );
        assert.match(reasons(planned), /column place is geometry/);
      });
    });

    it('lets one runner at a time change a table', async () => {
      await withPlanner(dialect, async ({ plan }) => {
        const planned = await plan(sample);
        await using other = await openSession(dialect);
        await using third = await openSession(dialect);
        await Promise.all([applyPlan(other.run, planned), applyPlan(third.run, planned)]);
        assert.deepEqual(statements(await plan(sample)), []);
      });
    });

    it('says which names the server cannot hold', async () => {
      await withPlanner(dialect, async ({ plan, run }) => {
        const named = async (name: string) => {
          const planned = await plan({
            ...table([{ ...id, name }], { key: [name] }),
            stream: { namespace: 'src', name },
          });
          if (planned.refused.length === 0) await applyPlan(run, planned);
          return planned.refused.map((finding) => finding.message).join('; ');
        };
        for (const name of ['a`b', 'a.b', 'a b', 'select', "q'", '"', 'p%_', 'é日', 'x'.repeat(64), 'back\\slash']) {
          assert.equal(await named(name), '', name);
        }
        if (dialect === 'tidb') assert.equal(await named('e😀'), '');
        else assert.match(await named('e😀'), /emoji/);
        assert.match(await named('x'.repeat(65)), /64 characters/);
        assert.match(await named('a '), /end with a space/);
        if (dialect !== 'tidb') assert.match(await named('日'.repeat(64)), /file name/);
        const twice = await plan(table([id, { ...id, name: 'ID' }]));
        assert.match(reasons(twice), /differ by case only/);
      });
    });
  });
}
