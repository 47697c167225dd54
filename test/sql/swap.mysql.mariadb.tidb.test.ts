import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Column, MillraceError, StreamSchema } from '../../connectors/contract/index.ts';
import { buildIndexes } from '../../connectors/sql/index-build.ts';
import { introspectTables } from '../../connectors/sql/introspect.ts';
import type { Run } from '../../connectors/sql/introspect-run.ts';
import { planTarget, type SqlPlan, swapOf } from '../../connectors/sql/plan.ts';
import { applyPlan } from '../../connectors/sql/plan-apply.ts';
import { quoteTable } from '../../connectors/sql/quote.ts';
import { readServerFacts } from '../../connectors/sql/shape-facts.ts';
import { dropBuild, retire, type SwapOptions, swapIn } from '../../connectors/sql/swap.ts';
import type { SwapTables } from '../../connectors/sql/swap-name.ts';
import { sample, targetOf } from './schema-sample.ts';
import { inDatabase, openSession, type ServerDialect, servers, single } from './schema-server.ts';

const pipeline = '0b5a7a3e-55a1-4a34-9f0f-6f1f0d7c1c11';
const int = (name: string): Column => ({ name, type: { kind: 'integer', bits: 32, unsigned: false }, nullable: false });
const rows: StreamSchema = {
  stream: { namespace: 'src', name: 't' },
  columns: [int('id'), int('g')],
  key: ['id'],
  indexes: [{ name: 'by_g', unique: false, kind: 'btree', parts: [{ column: 'g' }] }],
  checks: [{ name: 'positive', sql: '`g` >= 0' }],
  comment: 'the real comment',
};

interface Swapper {
  readonly run: Run;
  readonly database: string;
  readonly options: SwapOptions;
  /** Builds generation `g` with two rows and its indexes, ready to be swapped in. */
  build(generation: number, source?: StreamSchema): Promise<{ plan: SqlPlan; tables: SwapTables }>;
  /** What a reader sees: the generation, rows counted. */
  seen(): Promise<string>;
  tables(): Promise<string[]>;
}

async function withSwapper(dialect: ServerDialect, test: (swapper: Swapper) => Promise<void>): Promise<void> {
  await inDatabase(dialect, async (database, run) => {
    const facts = await readServerFacts(run, dialect);
    const options = { dialect, foldsNames: facts.foldsNames, signal: new AbortController().signal };
    const build: Swapper['build'] = async (generation, source = rows) => {
      const request = {
        facts,
        target: targetOf(source, database, { write: 'overwrite' }),
        pipeline,
        generation,
        owned: true,
      };
      const plan = await planTarget(run, request);
      await applyPlan(run, plan);
      await run(`INSERT INTO ${quoteTable(plan.load)} (id, g) VALUES (1, ${generation}), (2, ${generation})`);
      await buildIndexes(run, dialect, plan.load, plan.shape);
      return { plan, tables: swapOf(request)! };
    };
    const seen = async () => {
      const [row] = await run(`SELECT COUNT(*), MAX(g) FROM ${database}.t`);
      return (row ?? []).map(String).join('/');
    };
    const tables = async () => (await run(`SHOW TABLES FROM ${database}`)).map(([name]) => String(name)).toSorted();
    await test({ run, database, options, build, seen, tables });
  });
}

/** Polls the table by text and prepared statements until stopped; gives every error and every count that was not whole. */
async function poll(dialect: ServerDialect, database: string, signal: AbortSignal): Promise<string[]> {
  const troubles = new Set<string>();
  let reads = 0;
  const reader = async (prepared: boolean) => {
    await using session = await openSession(dialect);
    const sql = `SELECT COUNT(*), MIN(g), MAX(g) FROM ${database}.t`;
    const read = prepared ? await session.prepare(sql) : () => session.run(sql);
    while (!signal.aborted) {
      try {
        const [row] = (await read()) as unknown[][];
        reads++;
        const [count, low, high] = (row ?? []).map(String);
        if (count !== '2' || low !== high) troubles.add(`read ${count} rows, ${low} to ${high}`);
      } catch (thrown) {
        troubles.add(String(thrown));
      }
      await setTimeout(2);
    }
  };
  await Promise.all([reader(false), reader(true), reader(true)]);
  assert.ok(reads > 50, `only ${reads} reads`);
  return [...troubles];
}

for (const dialect of servers) {
  describe(`swap on ${dialect}`, () => {
    it('shows readers the old rows or the new ones, by text and prepared, during 20 swaps', async () => {
      await withSwapper(dialect, async ({ build, run, options, database, seen }) => {
        const first = await build(1);
        await swapIn(run, first.tables, options);
        await retire(run, first.tables, 'the real comment', options);
        const stop = new AbortController();
        const troubles = poll(dialect, database, stop.signal);
        for (let generation = 2; generation <= 21; generation++) {
          const { tables } = await build(generation);
          await swapIn(run, tables, options);
          await setTimeout(generation % 2 === 0 ? 20 : 0);
          await retire(run, tables, 'the real comment', options);
          await setTimeout(generation % 3 === 0 ? 20 : 0);
        }
        stop.abort();
        assert.deepEqual(await troubles, []);
        assert.equal(await seen(), '2/21');
      });
    });

    it('leaves the wanted table and nothing else, but for the empty standing table of TiDB', async () => {
      await withSwapper(dialect, async ({ build, run, options, database, tables }) => {
        for (const generation of [1, 2]) {
          const built = await build(generation);
          await swapIn(run, built.tables, options);
          await retire(run, built.tables, built.plan.shape.comment ?? '', options);
        }
        const [made] = await introspectTables(run, dialect, [{ namespace: database, name: 't' }]);
        assert.equal(made?.comment, 'the real comment');
        assert.deepEqual(
          made?.indexes?.map((index) => index.name),
          ['by_g'],
        );
        assert.equal(made?.checks?.length, dialect === 'tidb' ? undefined : 1);
        const left = (await tables()).filter((name) => name !== 't');
        assert.equal(left.length, dialect === 'tidb' ? 1 : 0);
        for (const name of left) assert.equal(await single(run, `SELECT COUNT(*) FROM ${database}.\`${name}\``), '0');
      });
    });

    it('goes on after a kill behind any statement, and is the same when called again', async () => {
      await withSwapper(dialect, async ({ build, run, options, seen }) => {
        const killed = (after: number): Run => {
          let left = after;
          return async (sql) => {
            if (/^SELECT|^SET/.test(sql)) return run(sql);
            if (left-- === 0) throw new Error('killed');
            return run(sql);
          };
        };
        for (let generation = 1; generation <= 8; generation++) {
          const { tables } = await build(generation);
          const steps = (generation - 1) % 4;
          const dying = killed(steps);
          // As a caller does: the phase is recorded between both.
          let phase = 'ready';
          const finish = async (by: Run) => {
            if (phase === 'ready') await swapIn(by, tables, options);
            phase = 'swapped';
            await retire(by, tables, 'c', options);
          };
          await finish(dying).catch((thrown: Error) => assert.equal(thrown.message, 'killed'));
          const before = generation === 1 ? 'none' : `2/${generation - 1}`;
          assert.equal(await seen().catch(() => 'none'), phase === 'ready' ? before : `2/${generation}`);
          if (phase === 'ready') for (const _ of [1, 2]) await swapIn(run, tables, options);
          assert.equal(await seen(), `2/${generation}`);
          for (const _ of [1, 2]) await finish(run);
          assert.equal(await seen(), `2/${generation}`);
        }
      });
    });

    it('finishes a RENAME that was torn between its halves', async () => {
      await withSwapper(dialect, async ({ build, run, options, seen }) => {
        const first = await build(1);
        await swapIn(run, first.tables, options);
        await retire(run, first.tables, '', options);
        const { tables } = await build(2);
        await run(`RENAME TABLE ${quoteTable(tables.table)} TO ${quoteTable(tables.retired)}`);
        await swapIn(run, tables, options);
        assert.equal(await seen(), '2/2');
      });
    });

    it('drops no old table that a foreign key still needs', async () => {
      await withSwapper(dialect, async ({ build, run, options, database }) => {
        const first = await build(1);
        await swapIn(run, first.tables, options);
        await retire(run, first.tables, '', options);
        const { tables } = await build(2);
        const child = (parent: string) =>
          `CREATE TABLE ${database}.child (t_id INT, CONSTRAINT fk_t FOREIGN KEY (t_id) REFERENCES ${parent} (id))`;
        await run(child(quoteTable(tables.table)));
        await assert.rejects(swapIn(run, tables, options), /fk_t of .* would stay with the old table/);
        await run(`DROP TABLE ${database}.child`);
        await swapIn(run, tables, options);
        const old = dialect === 'tidb' ? tables.build : tables.retired;
        await run(child(quoteTable(old)));
        await assert.rejects(retire(run, tables, '', options));
        assert.equal(await single(run, `SELECT COUNT(*) FROM ${quoteTable(old)}`), '2');
        assert.equal(await single(run, 'SELECT @@SESSION.foreign_key_checks'), '0');
      });
    });

    it('lets go of a read that was given up, before and after its swap', async () => {
      await withSwapper(dialect, async ({ build, run, options, database, seen, tables: names }) => {
        const first = await build(1);
        await swapIn(run, first.tables, options);
        await dropBuild(run, first.tables, options);
        assert.equal(await seen(), '2/1');
        const second = await build(2);
        await dropBuild(run, second.tables, options);
        const third = await build(3);
        await swapIn(run, third.tables, options);
        await dropBuild(run, third.tables, options);
        assert.equal(await seen(), '2/3');
        const left = (await names()).filter((name) => name !== 't');
        assert.equal(left.length, dialect === 'tidb' ? 1 : 0);
        for (const name of left) assert.equal(await single(run, `SELECT COUNT(*) FROM ${database}.${name}`), '0');
      });
    });

    it('never puts an empty or foreign table in the place of the rows', async () => {
      await withSwapper(dialect, async ({ build, run, options, seen }) => {
        for (const generation of [1, 2]) {
          const { tables } = await build(generation);
          await swapIn(run, tables, options);
          await retire(run, tables, '', options);
        }
        const { tables } = await build(3);
        await dropBuild(run, tables, options);
        await dropBuild(run, tables, options);
        assert.equal(await seen(), '2/2');
        await assert.rejects(swapIn(run, tables, options), (error: MillraceError) => error.code === 'schema.moved');
        await run(`DROP TABLE ${quoteTable(tables.table)}`);
        await assert.rejects(swapIn(run, tables, options), (error: MillraceError) => error.code === 'schema.moved');
      });
    });

    it('carries the next AUTO_INCREMENT value and everything else of a rich table', async () => {
      await withSwapper(dialect, async ({ run, database, options }) => {
        const facts = await readServerFacts(run, dialect);
        for (const generation of [1, 2, 3]) {
          const source = { ...sample, nextAutoIncrement: '4242' };
          const request = {
            facts,
            target: targetOf(source, database, { write: 'overwrite' }),
            pipeline,
            generation,
            owned: true,
          };
          const plan = await planTarget(run, request);
          if (dialect === 'tidb' && generation === 3) {
            assert.match(plan.actions[0]?.sql ?? '', /^TRUNCATE/, 'the standing table is used again');
          }
          await applyPlan(run, plan);
          await buildIndexes(run, dialect, plan.load, plan.shape);
          await swapIn(run, swapOf(request)!, options);
          await retire(run, swapOf(request)!, plan.shape.comment ?? '', options);
          const table = quoteTable(plan.target.table);
          await run(`INSERT INTO ${table} (name) VALUES ('x')`);
          assert.ok(Number(await single(run, `SELECT MAX(id) FROM ${table}`)) >= 4242);
        }
      });
    });

    it('steps back from a long transaction, and lets readers pass', async () => {
      if (dialect === 'tidb') return;
      await withSwapper(dialect, async ({ build, run, options, database, seen }) => {
        const first = await build(1);
        await swapIn(run, first.tables, options);
        const { tables } = await build(2);
        await using long = await openSession(dialect);
        await long.run('BEGIN');
        await long.run(`SELECT * FROM ${database}.t`);
        await using reader = await openSession(dialect);
        const waits: number[] = [];
        const seenMeanwhile: Promise<unknown>[] = [];
        const waiting = (attempt: number) => {
          waits.push(attempt);
          seenMeanwhile.push(reader.run(`SELECT MAX(g) FROM ${database}.t`).then(() => long.run('COMMIT')));
        };
        await swapIn(run, tables, { ...options, waiting });
        await Promise.all(seenMeanwhile);
        assert.deepEqual(waits, [1]);
        assert.equal(await seen(), '2/2');
      });
    });
  });
}
