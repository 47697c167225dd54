import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { it } from 'node:test';
import { parseArgs } from 'node:util';
import { AclOperations, AclPermissionTypes, Admin, ResourcePatternTypes, ResourceTypes } from '@platformatic/kafka';
import type { Finding } from '../../connectors/contract/index.ts';
import { checkPipeline } from '../../connectors/sync/check.ts';
import type { PipelineConfig } from '../../connectors/sync/config.ts';
import { never, openDatabase, openPipeline, runOnce } from '../pipeline.ts';
import { sharedUrl } from '../services/shared.ts';
import { startSecured, USER } from './secured.ts';

const RESOURCES = {
  topic: ResourceTypes.TOPIC,
  group: ResourceTypes.GROUP,
  'transactional-id': ResourceTypes.TRANSACTIONAL_ID,
};
const OPERATIONS: Record<string, (typeof AclOperations)[keyof typeof AclOperations]> = {
  Read: AclOperations.READ,
  Write: AclOperations.WRITE,
  Create: AclOperations.CREATE,
  Describe: AclOperations.DESCRIBE,
  DescribeConfigs: AclOperations.DESCRIBE_CONFIGS,
};

/** Does what a command of `kafka-acls.sh` does, at the listener that asks for nobody. */
async function grant(admin: Admin, command: string, server: string): Promise<void> {
  const [tool, ...args] = command.split(' ');
  assert.equal(tool, 'kafka-acls.sh');
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: {
      'bootstrap-server': text,
      add: { type: 'boolean' },
      'allow-principal': text,
      operation: { type: 'string', multiple: true },
      topic: text,
      group: text,
      'transactional-id': text,
      'resource-pattern-type': text,
    },
  });
  assert.equal(values['bootstrap-server'], server);
  assert.ok(values.add);
  const kind = (['topic', 'group', 'transactional-id'] as const).find((one) => values[one] !== undefined)!;
  const pattern =
    values['resource-pattern-type'] === 'prefixed' ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL;
  const creations = values.operation!.map((operation) => ({
    resourceType: RESOURCES[kind],
    resourceName: values[kind]!,
    resourcePatternType: pattern,
    principal: values['allow-principal']!,
    host: '*',
    operation: OPERATIONS[operation]!,
    permissionType: AclPermissionTypes.ALLOW,
  }));
  await admin.createAcls({ creations });
}

const errors = (findings: readonly Finding[]) => findings.filter(({ severity }) => severity === 'error');

it('check tells each right that a user of Kafka lacks with the command that grants it, and nothing more is needed', {
  timeout: 180_000,
}, async () => {
  await using broker = await startSecured({ acls: true });
  await using source = await openDatabase('mysql');
  await using target = await openDatabase('tidb');
  await source.run(
    'CREATE TABLE orders (id INT PRIMARY KEY, name VARCHAR(20))',
    "INSERT INTO orders VALUES (1, 'Ann'), (2, 'Bo')",
  );
  const admin = new Admin({ clientId: 'millrace-test', bootstrapBrokers: [broker.open] });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => admin.close());
  const query = `registry=${encodeURIComponent(sharedUrl('registry'))}`;
  const kafka = `kafka://${USER.user}:${USER.password}@${broker.plain}?${query}`;
  const topic = `${source.name}.orders`;
  const out = { id: randomUUID(), from: source.url, to: kafka };
  const back = { id: randomUUID(), from: kafka, to: target.url };
  const copied: PipelineConfig = { streams: [`${source.name}.orders`] };
  const read: PipelineConfig = { streams: [topic], target: { table: 'orders' } };
  const check = async (ends: typeof out, config: PipelineConfig) => {
    await using pipeline = openPipeline(ends, config);
    return errors(await checkPipeline(pipeline, never));
  };
  const granted = async (found: readonly Finding[]) => {
    for (const { fix } of found) await grant(admin, fix!, broker.plain);
  };
  const lines = (found: readonly Finding[]) => found.map(({ code, message }) => `${code}: ${message}`);

  const denied = await runOnce(out, copied);
  assert.equal(denied.finished.error?.code, 'kafka.denied');
  assert.match(denied.finished.error.fix ?? '', /millrace check/);

  const first = await check(out, copied);
  assert.deepEqual(lines(first), [
    `kafka.denied: ann lacks Write, Describe on transactional ids that begin with millrace.${out.id}`,
    'kafka.denied: ann lacks Read, Write, Create on topic _millrace_state',
    'kafka.denied: ann lacks Write, Create on topic _millrace_rejects',
    `kafka.denied: ann lacks Read, Write, Create, DescribeConfigs on topic ${topic}`,
  ]);
  await granted(first);
  assert.deepEqual(await check(out, copied), []);
  const written = await runOnce(out, { ...copied, write: 'upsert' });
  assert.equal(written.finished.status, 'ok', JSON.stringify(written.finished.error));
  // Rows that are gone are found by reading the topic.
  await source.run('DELETE FROM orders WHERE id = 2');
  const again = await runOnce(out, { ...copied, write: 'upsert' });
  assert.equal(again.finished.status, 'ok', JSON.stringify(again.finished.error));

  // The user may read by now, but for the group.
  assert.deepEqual(lines(await check(back, read)), [
    `kafka.denied: ann lacks Read on group millrace.${back.id}.${topic}`,
  ]);
  const alone = await runOnce(back, read);
  assert.equal(alone.finished.error?.code, 'kafka.denied', JSON.stringify(alone.finished.error));
  await granted(await check(back, read));
  assert.deepEqual(await check(back, read), []);
  const { finished } = await runOnce(back, read);
  assert.equal(finished.status, 'ok', JSON.stringify(finished.error));
  assert.deepEqual(await target.run('SELECT id, name FROM orders'), [['1', 'Ann']]);
});

it('a topic that a user may not see is told to be withheld, not to be missing', { timeout: 180_000 }, async () => {
  await using broker = await startSecured({ acls: true });
  await using target = await openDatabase('tidb');
  const query = `registry=${encodeURIComponent(sharedUrl('registry'))}`;
  const back = {
    id: randomUUID(),
    from: `kafka://${USER.user}:${USER.password}@${broker.plain}?${query}`,
    to: target.url,
  };
  await using pipeline = openPipeline(back, { streams: ['shop_orders'] });
  const [found, ...more] = errors(await checkPipeline(pipeline, never));
  assert.equal(found?.message, 'ann lacks Read, DescribeConfigs on topic shop_orders');
  assert.equal(
    found.fix,
    `kafka-acls.sh --bootstrap-server ${broker.plain} --add --allow-principal User:ann --operation Read --operation DescribeConfigs --topic shop_orders`,
  );
  assert.deepEqual(more, []);
});
