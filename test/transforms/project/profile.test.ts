import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { MillraceError } from '../../../connectors/contract/index.ts';
import { Problems } from '../../../transforms/project/problems.ts';
import { missingProfile, type Profile, type ProfileRequest, readProfile } from '../../../transforms/project/profile.ts';
import { SHOP } from './shop.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-profile-'));
after(() => rmSync(folder, { recursive: true }));

function read(request: Partial<ProfileRequest>, env: Record<string, string> = {}): Profile {
  const scope = { vars: new Map(), env, target: new Map(), renderer: undefined };
  const whole = { root: SHOP, profile: 'corner_shop', home: '/nowhere', ...request };
  const profile = readProfile(whole, scope, new Problems());
  if (profile === undefined) throw missingProfile(whole, env);
  return profile;
}

function refused(work: () => unknown): MillraceError {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof MillraceError, String(error));
    return error;
  }
  return assert.fail('nothing was refused');
}

test('the folder of the project has the profile, and its own target is taken', () => {
  const { target, type, schema, threads, fields } = read({});
  assert.deepEqual({ target, type, schema, threads }, { target: 'dev', type: 'duckdb', schema: 'shop', threads: 4 });
  assert.equal(fields.get('path'), 'corner_shop.duckdb');
});

test('threads that are asked for are those of the target, for templates too', () => {
  const { threads, values } = read({ threads: 9 });
  assert.deepEqual([threads, values.get('threads')], [9, 9]);
});

test('variables of the environment fill the target that is used, and no other', () => {
  const { fields, values } = read({ target: 'tidb' }, { TIDB_PORT: '4321', TIDB_PASSWORD: 'hush' });
  assert.equal(fields.get('port'), 4321);
  assert.equal(fields.get('password'), 'hush');
  assert.equal(values.get('password'), undefined);
  assert.equal(values.get('name'), 'tidb');
});

test('folders are looked in in order, and a named one alone', () => {
  writeFileSync(
    join(folder, 'profiles.yml'),
    'corner_shop: {target: a, outputs: {a: {type: mariadb, schema: elsewhere}}}\n',
  );
  assert.equal(read({ folder }).schema, 'elsewhere');
  assert.equal(read({}, { DBT_PROFILES_DIR: folder }).type, 'mariadb');
  const { code, message } = refused(() => read({ folder: '/nowhere' }));
  assert.equal(code, 'project.profile');
  assert.match(message, /\/nowhere/);
});

test('a type that is not served stops with the place and the stanza to add', () => {
  writeFileSync(
    join(folder, 'profiles.yml'),
    'p:\n  target: x\n  outputs:\n    x:\n      type: snowflake\n      schema: s\n',
  );
  const { message, at, fix } = refused(() => read({ folder, profile: 'p' }));
  assert.match(message, /snowflake/);
  assert.match(at!, /profiles\.yml:5:7$/);
  assert.match(fix, /p:\n {2}outputs:\n {4}tidb:\n {6}type: tidb/);
});

test('a profile, target or variable that is not there is named', () => {
  assert.match(refused(() => read({ profile: 'other' })).fix, /corner_shop/);
  assert.match(refused(() => read({ target: 'prod' })).fix, /dev, tidb, mysql/);
  writeFileSync(
    join(folder, 'profiles.yml'),
    'p:\n  target: x\n  outputs:\n    x: {type: tidb, schema: "{{ env_var(\'NOT_SET\') }}"}\n',
  );
  const { code, message, at } = refused(() => read({ folder, profile: 'p' }));
  assert.deepEqual([code, message], ['project.template', 'the environment variable NOT_SET is not set']);
  assert.match(at!, /profiles\.yml:4:/);
});
