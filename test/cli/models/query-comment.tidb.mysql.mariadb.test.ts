import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedUrl } from '../../services/shared.ts';
import { inPlace, type Place, targets } from '../../transforms/adapter/target.ts';
import { folder } from '../command-line.ts';
import { readFileTables, writeProfile } from './shop.ts';
import { SmallProject } from './small-project.ts';

const HEAD = 'name: small\nversion: "1.0"\nprofile: corner_shop\n';

/** Keeps the text of a statement as the server got it: of the node's own, and of one that its template runs. */
const said = {
  duckdb: 'select current_query() as own',
  server: 'select cast(info as char(2000)) as own from information_schema.processlist where id = connection_id()',
};
const model = (sql: string) =>
  `{{ config(materialized='table') }}{% if execute %}{% set asked = run_query("${sql}").rows[0][0] %}{% endif %}select own, '{{ asked | replace("'", "") }}' as asked from (${sql}) t`;

const cases: readonly (readonly [string, string, RegExp, RegExp])[] = [
  ['the usual one', '', /^\/\* \{"app":"millrace","profile_name":"corner_shop","target_name":"server","node_id":"model.small.told"\} \*\/ /, /^\/\* \{"app":"millrace"/],
  ['a text', 'query-comment: shop', /^\/\* shop \*\/ /, /^\/\* shop \*\/ /],
  ['a template behind', 'query-comment: {append: true, comment: "{{ of_whom(node) }} {{ target.name }}"}', /\n\/\* of told server \*\/$/, /\n\/\* of told server \*\/$/],
  ['none', 'query-comment:', /^(?![\s\S]*\/\*)/, /^(?![\s\S]*\/\*)/],
  ['an empty one', 'query-comment: ""', /^(?![\s\S]*\/\*)/, /^(?![\s\S]*\/\*)/],
]; // biome-ignore format: a table

for (const type of targets)
  for (const [name, key, own, asked] of cases)
    test(`the query comment of ${type}: ${name}`, () =>
      inPlace(type, async (place) => {
        using at = folder();
        const project = new SmallProject(at.path, {
          'dbt_project.yml': `${HEAD}${key}\n`,
          'models/told.sql': model(type === 'duckdb' ? said.duckdb : said.server),
          'macros/of_whom.sql': '{% macro of_whom(node) %}of {{ node.name }}{% endmacro %}',
        });
        writeTarget(project, place);
        const { code, err } = await project.run('run');
        assert.equal(code, 0, err);
        const row = await readRow(at.path, place);
        assert.match(row[0]!, own);
        assert.match(row[1]!, asked);
      }));

test('a query comment that would end the comment is an error', async () => {
  using own = folder();
  const project = new SmallProject(own.path, {
    'dbt_project.yml': 'name: small\nversion: "1.0"\nprofile: small\nquery-comment: "{{ \'*\' }}/ drop table x"\n',
    'models/a.sql': 'select 1 as id',
  });
  const { finished, events } = await project.events('run');
  assert.equal(finished.status, 'failed');
  const result = events.find((event) => event.event === 'result');
  assert.equal(result?.error?.code, 'project.invalid');
});

function writeTarget(project: SmallProject, { type, schema }: Place): void {
  const file = 'type: duckdb, path: small.duckdb, schema: main, threads: 2';
  const profile = `corner_shop: {target: server, outputs: {server: {${file}}}}\n`;
  if (type === 'duckdb') project.write({ 'profiles.yml': profile });
  else writeProfile(project.folder, type, sharedUrl(type), schema);
}

async function readRow(path: string, { type, schema, session }: Place): Promise<readonly (string | null)[]> {
  if (type === 'duckdb') return (await readFileTables(`${path}/small.duckdb`))['main.told']!.rows[0]!;
  const { table } = await session.execute(`select own, asked from ${schema}.told`, { fetch: true });
  return table!.rows[0]!.map(String);
}
