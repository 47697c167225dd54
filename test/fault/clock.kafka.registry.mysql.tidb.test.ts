import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openHop } from '../kafka/hop.ts';
import { type Ran, rowsOf } from '../pipeline.ts';

const DAY_MS = 86_400_000;

function ok(ran: Ran): void {
  assert.equal(ran.finished.status, 'ok', JSON.stringify(ran.finished.error));
}

it('invariant 6: a clock that was moved, forward and back, loses and doubles nothing on the way over a topic', {
  timeout: 120_000,
}, async ({ mock }) => {
  await using hop = await openHop('mysql', 'tidb');
  const cdc = { read: 'cdc' } as const;
  await hop.source.run(
    'CREATE TABLE t (id INT PRIMARY KEY, v INT, at DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6))',
    'INSERT INTO t (id, v) VALUES (1, 1), (2, 2), (3, 3)',
  );
  const real = Date.now();
  const at = async (days: number, i: number): Promise<Ran> => {
    await hop.source.run(
      `INSERT INTO t (id, v) VALUES (${10 + i}, ${i})`,
      `UPDATE t SET v = ${100 + i} WHERE id = 1`,
      `DELETE FROM t WHERE id = ${9 + i}`,
    );
    mock.timers.enable({ apis: ['Date'], now: real + days * DAY_MS });
    try {
      const written = await hop.write(cdc);
      ok(await hop.read('t'));
      return written;
    } finally {
      mock.timers.reset();
    }
  };
  for (const [i, days] of [0, -2, -400, 0.03, 2, 0].entries()) {
    const written = await at(days, i);
    if (days === 2) {
      // Brokers take records from an hour ahead, and no further: nothing is written, and it is said what to do.
      assert.equal(written.finished.error?.code, 'kafka.refused');
      assert.match(written.finished.error.fix ?? '', /clock/);
      continue;
    }
    ok(written);
    const found = await rowsOf(hop.target, hop.topic('t'));
    assert.deepEqual(found, await rowsOf(hop.source, 't'), `${days} days`);
  }
});
