import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { Compilation, RenderSession } from '../../../transforms/context/index.ts';
import { inPlace, type Place, targets } from '../adapter/target.ts';
import { load, engine as newEngine } from '../project/shop.ts';

const FILES: Readonly<Record<string, string>> = {
  'dbt_project.yml': 'name: asking\nversion: "1.0"\nprofile: asking\n',
  'models/grown.sql':
    "{{ config(materialized='incremental') }}select 1 as id {{ 'again' if is_incremental() else 'anew' }}",
  'models/looked_at.sql':
    "{{ config(materialized='incremental') }}select 1 as id {{ 'again' if is_incremental() else 'anew' }}",
  'models/rows.sql':
    "{% if execute %}{% set found = run_query('select id, amount, name from ' ~ this.include(database=target.database is not none).incorporate(path={'identifier': 'GROWN' | lower}) ~ ' order by id') %}{% for row in found.rows %}{{ row.values() }};{% endfor %}{% endif %}",
  'models/dialect.sql':
    '{% if execute %}{% set found = run_query("select \'1\'::int || \'b\' as \\"x y\\"") %}{{ found.column_names }}{{ found.rows[0].values() }}{% call statement("more", fetch_result=true) %}select length(\'é\') as n;{% endcall %}{{ load_result("more").data }}{% for c in adapter.get_column_schema_from_query("select \'7\'::bigint as n") %}{{ c.name }} {{ c.is_integer() }}{% endfor %}{% endif %}',
  'models/own.sql':
    '{{ config(dialect="mysql") }}{% if execute %}{{ run_query(\'select concat("a", "b") as n\').rows[0][0] }}{% endif %}',
  'models/refused.sql': '{% if execute %}{% do run_query("select 1\\n, 2 ^ 3") %}{% endif %}',
  'models/columns.sql':
    "{% set it = adapter.get_relation(this.database, this.schema, 'grown') %}{% for c in adapter.get_columns_in_relation(it) %}{{ c.name }} {{ c.is_numeric() }} {{ c.is_integer() }} {{ c.is_string() }};{% endfor %}{{ it.type if it }} {{ adapter.get_relation(this.database, this.schema, 'nowhere') }} {{ database is none }} {{ adapter.dispatch('which')() }}",
  'macros/which.sql':
    '{% macro default__which() %}default{% endmacro %}{% macro mysql__which() %}mysql{% endmacro %}{% macro tidb__which() %}tidb{% endmacro %}',
};

const root = mkdtempSync(join(tmpdir(), 'millrace-asking-'));
for (const [path, text] of Object.entries(FILES)) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
after(() => rmSync(root, { recursive: true }));

for (const type of targets) {
  test(`templates ask ${type} for rows, relations and columns`, () => inPlace(type, (place) => asked(place, type)));
}

async function asked(place: Place, type: string): Promise<void> {
  const { adapter, schema, session } = place;
  await place.run(
    `create table ${place.sql('grown')} (id integer, amount decimal(20, 2), name varchar(20))`,
    `insert into ${place.sql('grown')} values (1, 123456789012345678.25, 'é'), (2, null, null)`,
    `create view ${place.sql('looked_at')} as select 1 as id`,
  );
  adapter.forget();
  const engine = newEngine();
  const { database } = adapter;
  const values = new Map([
    ['type', type],
    ['schema', schema],
    ['database', database],
  ]);
  const target = { name: 'dev', profile: 'asking', type, schema, database, values };
  const project = load(root, { target, renderer: engine });
  assert.deepEqual(project.problems.errors.map(String), []);
  const compilation = new Compilation(new RenderSession({ project, engine }), async () => session);
  const compiled = async (name: string) =>
    (await compilation.node(project.manifest.nodes.get(`model.asking.${name}`)!)).code;
  assert.equal(await compiled('grown'), 'select 1 as id again');
  assert.equal(await compiled('looked_at'), 'select 1 as id anew');
  assert.equal(await compiled('rows'), "(1, Decimal('123456789012345678.25'), 'é');(2, None, None);");
  const which = type === 'duckdb' ? 'default' : type === 'tidb' ? 'tidb' : 'mysql';
  const columns = 'id False True False;amount True False False;name False False True;';
  assert.equal(await compiled('columns'), `${columns}table None ${type === 'duckdb' ? 'False' : 'True'} ${which}`);
  assert.equal(await compiled('dialect'), "('x y',)('1b',)[(1,)]n True");
  if (type === 'duckdb') return;
  assert.equal(await compiled('own'), 'ab');
  await assert.rejects(compiled('refused'), { code: 'model.dialect', at: 'models/refused.sql:1' });
}
