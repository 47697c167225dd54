import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { planTarget, swapOf } from '../../connectors/sql/plan.ts';
import { applyPlan } from '../../connectors/sql/plan-apply.ts';
import { query } from '../../connectors/sql/query.ts';
import { readServerFacts } from '../../connectors/sql/shape-facts.ts';
import { swapIn } from '../../connectors/sql/swap.ts';
import { inPool, never, servers } from './pool-fixture.ts';
import { sample, targetOf } from './schema-sample.ts';

for (const dialect of servers) {
  describe(`planning over a pool's session on ${dialect}`, () => {
    it('reads the errors of the server through those of millrace', async () => {
      await inPool(dialect, async (pool, database) => {
        await using lease = await pool.lease('write', never);
        const run = (sql: string) => query(lease.session, sql);
        const facts = await readServerFacts(run, dialect);
        const odd = { ...sample, checks: [{ name: 'odd', sql: 'no_such_function(`amount`) > 1' }] };
        const request = {
          facts,
          target: targetOf(odd, database, { write: 'overwrite' }),
          pipeline: 'p',
          generation: 1,
          owned: true,
        };
        const plan = await planTarget(run, request);
        assert.deepEqual(plan.refused, []);
        const note = plan.actions.find((action) => action.summary.startsWith('CHECK odd'));
        assert.match(
          note?.summary ?? '',
          dialect === 'tidb' ? /does not enforce/ : /no_such_function|calls a function/,
        );

        const first = plan.actions.find((action) => action.sql !== undefined);
        await run(first?.sql ?? '');
        await applyPlan(run, plan);
        await applyPlan(run, plan);

        await run(`CREATE TABLE ${database}.\`order\`\`s\` (id INT PRIMARY KEY)`);
        await using other = await pool.lease('write', never);
        await query(other.session, 'BEGIN');
        await query(other.session, `SELECT * FROM ${database}.\`order\`\`s\``);
        const options = { dialect, foldsNames: facts.foldsNames, signal: never };
        const waiting = () => query(other.session, 'COMMIT').then(() => undefined);
        const released: Promise<void>[] = [];
        await swapIn(run, swapOf(request)!, { ...options, waiting: () => released.push(waiting()) });
        assert.equal(released.length, 1);
        await Promise.all(released);
      });
    });
  });
}
