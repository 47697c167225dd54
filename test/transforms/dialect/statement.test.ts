import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settingsOf } from '../../../connectors/sql/session-settings.ts';
import { duckOptions } from '../../../transforms/adapter/open.ts';
import { sessionSettings, sqlMode, statementsOf } from '../../../transforms/dialect/index.ts';

test('statements end at semicolons that are not in texts, names or comments', () => {
  const sql = 'select \';\' ; -- ; \n\n select ";", $$;$$ /* ; */;\n;  -- the end;\n';
  assert.deepEqual(statementsOf(sql, 'standard'), ["select ';'", '-- ; \n\n select ";", $$;$$ /* ; */']);
});

test('in the dialect of MySQL a backslash and # mean what they do there', () => {
  assert.deepEqual(statementsOf("select 'a\\';' # ;\n; select \";\"", 'mysql'), ["select 'a\\';' # ;", 'select ";"']);
  assert.deepEqual(statementsOf("select 'a\\'; select 1", 'standard'), ["select 'a\\'", 'select 1']);
});

test('a text without an end is one statement', () => {
  assert.deepEqual(statementsOf("select 1; select 'a", 'standard'), ["select 1; select 'a"]);
});

test('sessions of models are opened with what the document says', () => {
  const { pinned, wanted } = settingsOf('model');
  const opened = [...pinned, ...wanted].map((assignment) => assignment.replace(/ = .*/, ''));
  for (const server of ['tidb', 'mysql', 'mariadb'] as const) {
    for (const [name, value] of Object.entries(sessionSettings('standard', server))) {
      // Each statement says its own.
      if (name === 'sql_mode') assert.ok(opened.includes(name));
      else assert.ok([...pinned, ...wanted].includes(`${name} = ${value}`), `${name} = ${value}`);
    }
  }
  const duckdb = duckOptions({ type: 'duckdb', schema: 's', threads: 1, fields: new Map(), path: 'p' }, '/');
  for (const [name, value] of Object.entries(sessionSettings('standard', 'duckdb'))) {
    assert.ok(duckdb.setup.includes(`SET ${name} = ${value}`));
  }
});

test('both dialects are strict, and only the standard one has its own signs', () => {
  const of = (dialect: 'standard' | 'mysql') => sqlMode(dialect).split(',');
  assert.ok(of('mysql').includes('STRICT_ALL_TABLES'));
  assert.deepEqual(
    of('standard').filter((mode) => !of('mysql').includes(mode)),
    ['PIPES_AS_CONCAT', 'ANSI_QUOTES', 'NO_BACKSLASH_ESCAPES', 'NO_UNSIGNED_SUBTRACTION'],
  );
});
