import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { MillraceError } from '../../../connectors/contract/index.ts';
import { adaptSql } from '../../../transforms/dialect/adapt.ts';
import { differences } from '../../../transforms/dialect/difference.ts';
import { type ModelSession, modelServers, modelSession } from './servers.ts';

const text = readFileSync(new URL('everyday.txt', import.meta.url), 'utf8');
const sections = text
  .split(/^## /m)
  .slice(1)
  .map((section) => {
    const [heading = '', ...lines] = section.trim().split('\n');
    return { heading, lines: lines.filter((line) => line !== '') };
  });

const statement = (line: string) => (/^(select|with)\b/.test(line) ? line : `select ${line} as a`);

/** Rows as one text; in the order of their texts where the statement has none. */
async function rowsOf(session: ModelSession, sql: string, sent = sql): Promise<string> {
  const rows = (await session.rows(sent)).map((row) => JSON.stringify(row));
  return (/\border by [^()]*$/i.test(sql) ? rows : rows.sort()).join();
}

/** How the rows of a statement are on a server: as on DuckDB, other ones, or why there are none. */
type Outcome = 'equal' | 'differs' | 'refused' | 'fails on the server';

async function outcomeOn(session: ModelSession, sql: string, expected: string): Promise<Outcome> {
  const { server } = session;
  try {
    const sent = adaptSql(sql, { dialect: 'standard', server, name: 'm.sql' });
    return (await rowsOf(session, sql, sent)) === expected ? 'equal' : 'differs';
  } catch (thrown) {
    return thrown instanceof MillraceError && thrown.code === 'model.dialect' ? 'refused' : 'fails on the server';
  }
}

/** What holds for a statement by what holds on each server: nothing differs in silence, unless it differs by name. */
function summary(outcomes: readonly Outcome[]): Outcome {
  for (const one of ['differs', 'fails on the server', 'refused'] as const) if (outcomes.includes(one)) return one;
  return 'equal';
}

describe('everyday SQL', () => {
  const sessions: ModelSession[] = [];
  before(async () => {
    for (const server of modelServers) sessions.push(await modelSession(server));
  });
  after(() => Promise.all(sessions.map((session) => session[Symbol.asyncDispose]())));

  for (const { heading, lines } of sections) {
    const [outcome, ...about] = heading.split(': ');
    if (about.length > 0) {
      test(`docs/dialect.md names: ${about.join(': ')}`, () =>
        assert.ok(differences.some((difference) => difference.about === about.join(': '))));
    }
    for (const line of lines) {
      test(`${outcome}: ${line}`, async () => {
        const sql = statement(line);
        const duckdb = sessions.find(({ server }) => server === 'duckdb')!;
        const expected = await rowsOf(duckdb, sql);
        const others = sessions.filter((session) => session !== duckdb);
        const outcomes = await Promise.all(others.map((session) => outcomeOn(session, sql, expected)));
        assert.equal(summary(outcomes), outcome, others.map(({ server }, at) => `${server} ${outcomes[at]}`).join());
      });
    }
  }
});
