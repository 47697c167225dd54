import assert from 'node:assert/strict';
import { once } from 'node:events';
import { it } from 'node:test';
import { Base, type Broker, type Connection, kGetConnection } from '@platformatic/kafka';
import { called } from '../../connectors/kafka/platformatic-brokers.ts';
import { closingAll } from '../../connectors/kafka/platformatic-connections.ts';
import { sharedUrl } from '../services/shared.ts';

const client = () => closingAll(new Base({ clientId: 'millrace-test', bootstrapBrokers: [sharedUrl('kafka')] }));

async function brokerOf(one: Base): Promise<Broker> {
  const { brokers } = await one.metadata({ topics: [] });
  return [...brokers.values()][0]!;
}

const connected = (one: Base, broker: Broker): Promise<Connection> =>
  called((done) => one[kGetConnection](broker, done));

it('a connection that was made while the one before it broke is closed with its client, or it would keep the process', async () => {
  const one = client();
  const broker = await brokerOf(one);
  const first = await connected(one, broker);
  // The pool lets go of it by its error, and gives another; then comes its end, by which the pool lets go of that one.
  first.emit('error', new Error('read ECONNRESET'));
  const second = await connected(one, broker);
  assert.notEqual(second, first);
  await first.close();
  assert.ok(second.isConnected());
  await Promise.all([once(second, 'close'), one.close()]);
  assert.ok(!second.isConnected());
});

it('a connection that is still being made when its client is closed does not stay', async () => {
  const one = client();
  const broker = await brokerOf(one);
  const first = await connected(one, broker);
  first.emit('error', new Error('read ECONNRESET'));
  const coming = connected(one, broker);
  const [connection] = await Promise.allSettled([coming, one.close(), first.close()]);
  if (connection.status === 'fulfilled' && connection.value.isConnected()) await once(connection.value, 'close');
});
