import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createConnection } from 'mysql2/promise';
import { matchesGolden } from '../../golden.ts';
import { sharedUrl } from '../../services/shared.ts';
import { folder, root } from '../command-line.ts';
import { dropSchemas } from './server-tables.ts';
import { writeProfile } from './shop.ts';
import { SmallProject } from './small-project.ts';
import { FILES } from './statement-project.ts';
import { type Sent, watching } from './statement-watch.ts';

const ROUNDS = ['from nothing', 'over what is there'];

test('the statements of each kind of node are as on record: duckdb', async () => {
  using own = folder();
  await holdAgainstRecord('duckdb', new SmallProject(own.path, FILES));
});

for (const type of ['tidb', 'mysql', 'mariadb'] as const) {
  test(`the statements of each kind of node are as on record: ${type}`, async () => {
    using own = folder();
    const schema = `mr_${randomBytes(5).toString('hex')}`;
    const project = new SmallProject(own.path, FILES);
    writeProfile(own.path, type, sharedUrl(type), schema, 'small');
    const connection = await createConnection(sharedUrl(type));
    try {
      await holdAgainstRecord(type, project, schema);
    } finally {
      await dropSchemas(connection, schema);
      await connection.end();
    }
  });
}

/** A file for each node, `test/golden/statements/DATABASE/NODE.sql`, and none besides. */
async function holdAgainstRecord(type: string, project: SmallProject, schema?: string): Promise<void> {
  const texts = new Map<string, string>();
  for (const [round, named] of ROUNDS.entries()) {
    for (const [node, statements] of await sentIn(project, round)) {
      const text = [`-- ${named}`, ...statements.map((sql) => `${plain(sql, schema)};`), ''].join('\n\n');
      texts.set(node, (texts.get(node) ?? '') + text);
    }
  }
  for (const [node, text] of texts) matchesGolden(`statements/${type}/${node}.sql`, text);
  const kept = readdirSync(join(root, 'test/golden/statements', type)).map((name) => name.replace('.sql', ''));
  assert.deepEqual(kept.sort(), [...texts.keys()].sort());
}

async function sentIn(project: SmallProject, round: number): Promise<Map<string, string[]>> {
  const log = join(project.folder, 'statements.log');
  if (existsSync(log)) rmSync(log);
  project.env = watching(log);
  const span = ['--event-time-start', '2024-01-01', '--event-time-end', '2024-01-03'];
  const told = await project.run('build', '--vars', `{round: ${round}}`, ...span);
  assert.equal(told.code, 0, told.out + told.err);
  const sent = readFileSync(log, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Sent);
  const nodes = Map.groupBy(sent, ({ remark = 'run' }) => nameOf(remark));
  return new Map([...nodes].map(([node, all]) => [node, all.map(textOf)]));
}

/** `not_null_a_table_id` of `test.small.not_null_a_table_id.1a2b3c`. */
function nameOf(remark: string): string {
  return remark.split('.')[2] ?? remark;
}

function textOf({ sql, into, modes }: Sent): string {
  const filled = into === undefined ? '' : `-- its rows go into ${into} in parts\n`;
  return `${modes === undefined ? '' : "-- in the project's modes\n"}${filled}${sql}`;
}

/** Without what is another in each run: schemas, the hashes of names that millrace gives, and the moment. */
function plain(sql: string, schema = 'shop'): string {
  return sql
    .replaceAll(schema, 'shop')
    .replaceAll(/(_millrace_m.)_[0-9a-f]{32}|\b(mr)_[0-9a-f]{24}/g, '$1$2_HASH')
    .replaceAll(/20(?!24)\d\d-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?/g, 'NOW')
    .replaceAll(/[ \t]+$/gm, '')
    .trim();
}
