import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cached } from '../services/cache.ts';
import { ask, build } from '../services/command.ts';
import { sharedUrl } from '../services/shared.ts';
import { openHop } from './hop.ts';

const script = fileURLToPath(new URL('read_topics.py', import.meta.url));

/** An interpreter that has Confluent's client, kept outside the repository. */
async function python(): Promise<string> {
  const folder = await cached('confluent-kafka-2.16.1', async (target) => {
    await build(['python3', '-m', 'venv', '--copies', target], target);
    const packages = ['confluent-kafka[avro,schemaregistry]==2.16.1'];
    await build([join(target, 'bin/python3'), '-m', 'pip', 'install', '--quiet', ...packages], target);
  });
  return join(folder, 'bin/python3');
}

interface Read {
  readonly key: Readonly<Record<string, unknown>> | null;
  readonly value: Readonly<Record<string, unknown>> | null;
  readonly headers: Readonly<Record<string, string>>;
}

async function readBy(topic: string): Promise<Read[]> {
  const printed = await ask(await python(), [script, sharedUrl('kafka'), sharedUrl('registry'), topic]);
  const lines = printed.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [, , key, value, headers] = JSON.parse(line) as [string, number, Read['key'], Read['value'], Read['headers']];
    return { key, value, headers };
  });
}

it("Confluent's Python client reads what is written: keys, values, deletes, operations", {
  timeout: 300_000,
}, async () => {
  await using hop = await openHop('mysql', 'mysql');
  await hop.source.run(
    'CREATE TABLE t (id BIGINT UNSIGNED PRIMARY KEY, d DECIMAL(10,2), s VARCHAR(20), n INT DEFAULT 5, at DATETIME(6))',
    "INSERT INTO t VALUES (18446744073709551615, -1.10, 'é😀', NULL, '2024-02-29 01:02:03.000004')",
  );
  const cdc = { read: 'cdc' } as const;
  assert.equal((await hop.write(cdc)).finished.status, 'ok');
  await hop.source.run(
    'INSERT INTO t VALUES (1, NULL, NULL, 1, NULL)',
    "UPDATE t SET s = 'x' WHERE id = 1",
    'DELETE FROM t WHERE id = 1',
  );
  assert.equal((await hop.write(cdc)).finished.status, 'ok');
  const records = await readBy(hop.topic('t'));
  const [first, ...changes] = records.toSorted((a, b) =>
    Number(a.key?.id) === 1 ? 1 : Number(b.key?.id) === 1 ? -1 : 0,
  );
  assert.deepEqual(first, {
    key: { id: '18446744073709551615' },
    value: { id: '18446744073709551615', d: '-1.10', s: 'é😀', n: null, at: '2024-02-29 01:02:03.000004' },
    headers: { op: 'read', catching_up: 'true' },
  });
  assert.deepEqual(
    changes.map(({ headers, value }) => [headers.op, value?.s ?? null]),
    [
      ['insert', null],
      ['update', 'x'],
      ['delete', null],
    ],
  );
  assert.equal(changes[2]?.value, null, 'a delete is a tombstone');
});
