import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { destinationNeeds, grantStatements, sourceNeeds } from '../../connectors/sql/grants.ts';
import { buildIndexes } from '../../connectors/sql/index-build.ts';
import type { Run } from '../../connectors/sql/introspect-run.ts';
import { planTarget, swapOf } from '../../connectors/sql/plan.ts';
import { applyPlan } from '../../connectors/sql/plan-apply.ts';
import { missingPrivileges, needText } from '../../connectors/sql/privilege.ts';
import { readServerFacts } from '../../connectors/sql/shape-facts.ts';
import { retire, swapIn } from '../../connectors/sql/swap.ts';
import { sample, targetOf } from './schema-sample.ts';
import { inDatabase, openSession, type ServerDialect, servers } from './schema-server.ts';

/** Runs a test with a new user without any privilege. */
async function withUser(
  dialect: ServerDialect,
  test: (user: { name: string; password: string }, database: string, root: Run) => Promise<void>,
): Promise<void> {
  await inDatabase(dialect, async (database, root) => {
    const name = `mr_u_${randomBytes(4).toString('hex')}`;
    const password = randomBytes(12).toString('hex');
    await root(`CREATE USER '${name}'@'%' IDENTIFIED BY '${password}'`);
    try {
      await test({ name, password }, database, root);
    } finally {
      await root(`DROP USER '${name}'@'%'`);
    }
  });
}

for (const dialect of servers) {
  describe(`privileges on ${dialect}`, () => {
    it('lists all that is missing, and nothing after the printed grants', async () => {
      await withUser(dialect, async (user, database, root) => {
        const table = { namespace: database, name: 'a`b' };
        await root(`CREATE TABLE ${database}.\`a\`\`b\` (i INT)`);
        const needs = [...sourceNeeds(dialect, 'cdc', [table]), ...destinationNeeds(dialect, [table], true)];
        {
          await using session = await openSession(dialect, user);
          assert.deepEqual((await missingPrivileges(session.run, needs)).map(needText), needs.map(needText));
        }
        for (const sql of grantStatements(needs, { name: user.name, host: '%' })) await root(sql);
        await using session = await openSession(dialect, user);
        assert.deepEqual((await missingPrivileges(session.run, needs)).map(needText), []);
        const elsewhere = { namespace: database.replace('_', 'x'), name: 't' };
        assert.equal((await missingPrivileges(session.run, destinationNeeds(dialect, [elsewhere], false))).length, 8);
      });
    });

    it('counts roles that are active, and only those', async () => {
      await withUser(dialect, async (user, database, root) => {
        const role = user.name.replace('_u_', '_r_');
        const needs = destinationNeeds(dialect, [{ namespace: database, name: 't' }], false);
        await root(`CREATE ROLE ${role}`);
        try {
          await root(`GRANT ALL PRIVILEGES ON ${database}.* TO ${role}`);
          await root(`GRANT ${role} TO '${user.name}'@'%'`);
          await using session = await openSession(dialect, user);
          assert.equal((await missingPrivileges(session.run, needs)).length, needs.length);
          await session.run(`SET ROLE ${role}`);
          assert.deepEqual((await missingPrivileges(session.run, needs)).map(needText), []);
        } finally {
          await root(`DROP ROLE ${role}`);
        }
      });
    });

    it('grants enough for a whole life of a table: plan, apply, index, swap, retire', async () => {
      await withUser(dialect, async (user, database, root) => {
        const target = targetOf(sample, database, { write: 'overwrite' });
        for (const sql of grantStatements(destinationNeeds(dialect, [target.table], true), {
          name: user.name,
          host: '%',
        }))
          await root(sql);
        await using session = await openSession(dialect, user);
        const facts = await readServerFacts(session.run, dialect);
        const options = { dialect, foldsNames: facts.foldsNames, signal: new AbortController().signal };
        for (const generation of [1, 2, 3]) {
          const request = { facts, target, pipeline: 'p', generation, owned: true };
          const plan = await planTarget(session.run, request);
          await applyPlan(session.run, plan);
          await buildIndexes(session.run, dialect, plan.load, plan.shape);
          await swapIn(session.run, swapOf(request)!, options);
          await retire(session.run, swapOf(request)!, plan.shape.comment ?? '', options);
        }
        const upsert = await planTarget(session.run, {
          facts,
          target: { ...target, write: 'upsert' },
          pipeline: 'p',
          generation: undefined,
          owned: true,
        });
        assert.deepEqual(
          upsert.actions.flatMap((action) => action.sql ?? []),
          [],
        );
      });
    });
  });
}
