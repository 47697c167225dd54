import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildTable, buildView } from '../../../transforms/materialize/index.ts';
import { openSession } from '../../sql/schema-server.ts';
import { inPlace, never, type Place, type ServerTarget, servers } from '../adapter/target.ts';

const REBUILDS = 20;

/** Error numbers that a transaction may get which was open across a swap: its snapshot is of the old table. */
const CHANGED_BELOW: Readonly<Record<ServerTarget, readonly number[]>> = { mysql: [1412], mariadb: [1412], tidb: [] };

/**
 * How often a reader may find no rows. The store inside the TiDB of the tests removes the rows of a truncated table at once, where TiKV keeps
 * them until garbage is collected: a statement that looked the name up before a swap, and waits for its moment until after it, finds none.
 */
const FOUND_NONE: Readonly<Record<ServerTarget, number>> = { mysql: 0, mariadb: 0, tidb: 1 };

interface Reading {
  /** What was seen, and how often. */
  readonly seen: Map<string, number>;
  reads: number;
}

/** Asks again and again until it is stopped; each answer is kept. */
async function polling(stopped: () => boolean, ask: () => Promise<string>): Promise<Reading> {
  const reading: Reading = { seen: new Map(), reads: 0 };
  while (!stopped()) {
    const answer = await ask();
    reading.seen.set(answer, (reading.seen.get(answer) ?? 0) + 1);
    reading.reads++;
  }
  return reading;
}

/** `rows/generation` of a table whose two rows are of one build. */
const look = (place: Place) => `SELECT CONCAT(COUNT(*), '/', MIN(g), '/', MAX(g)) FROM ${place.sql('m')}`;

async function rebuild(place: Place, g: number): Promise<void> {
  const build = place.build('m', `SELECT 1 AS id, ${g} AS g UNION ALL SELECT 2, ${g}`);
  // Every fifth time a view stands there in between. Not on TiDB, where statements prepared before are to be prepared again then.
  if (g % 5 === 4 && place.type !== 'tidb') await buildView(place.session, build, { signal: never });
  else await buildTable(place.session, build, { signal: never });
}

for (const type of servers) {
  describe(`readers of a relation that is rebuilt ${REBUILDS} times on ${type}`, () => {
    it('by text, prepared and in transactions: the name is never missing, and no answer is of two builds', () =>
      inPlace(type, async (place) => {
        await rebuild(place, 0);
        let over = false;
        const stopped = () => over;
        await using text = await openSession(type);
        await using prepared = await openSession(type);
        await using transaction = await openSession(type);
        const statement = await prepared.prepare(look(place));
        const cell = (rows: unknown) => String((rows as unknown[][])[0]![0]);
        const inTransaction = async () => {
          await transaction.run('BEGIN');
          try {
            return cell(await transaction.run(look(place)));
          } catch (thrown) {
            const { errno } = thrown as { errno: number };
            if (CHANGED_BELOW[type].includes(errno)) return 'changed below';
            throw thrown;
          } finally {
            await transaction.run('COMMIT');
          }
        };
        const readers = Promise.all([
          polling(stopped, async () => cell(await text.run(look(place)))),
          polling(stopped, async () => cell(await statement())),
          polling(stopped, inTransaction),
        ]);
        try {
          for (let g = 1; g <= REBUILDS; g++) await Promise.race([rebuild(place, g), readers]);
        } finally {
          over = true;
        }
        for (const { seen, reads } of await readers) {
          assert.ok(reads >= REBUILDS, `only ${reads} reads`);
          const none = seen.get('null') ?? 0;
          assert.ok(none <= FOUND_NONE[type], `${none} of ${reads} reads found no rows`);
          seen.delete('null');
          for (const answer of seen.keys()) assert.match(answer, /^(2\/(\d+)\/\2|changed below)$/);
        }
        assert.deepEqual(await place.rows(look(place)), [`'2/${REBUILDS}/${REBUILDS}'`]);
      }));
  });
}
