import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSecretName, maskText, maskValue, rememberSecret } from '../../../cli/output/secret.ts';

describe('secrets', () => {
  it('are known by the names of their settings', () => {
    const secret = [
      'password',
      'PASSWORD',
      'DB_PASSWORD',
      'dbPassword',
      'PW_SECRET',
      'token',
      'AUTH_TOKEN',
      'salt',
      'HASH_SALT',
      'api_key',
      'PRIVATE_KEY',
      'MYSQL_PWD',
      'passphrase',
    ];
    assert.deepEqual(
      secret.filter((name) => !isSecretName(name)),
      [],
    );
    const plain = ['host', 'user', 'key', 'port', 'database', 'DB_HOST', 'path', 'passes', 'cursor', 'ca', 'keys'];
    assert.deepEqual(plain.filter(isSecretName), []);
  });

  it('are masked wherever they stand, also percent-encoded, the longer before the shorter', () => {
    rememberSecret('s3cret#');
    rememberSecret('s3cret#longer');
    assert.equal(maskText('a s3cret#longer b s3cret# c s3cret%23'), 'a *** b *** c ***');
    assert.equal(maskText('.*+?^$ {}()|[] s3cret#'), '.*+?^$ {}()|[] ***');
    assert.deepEqual(maskValue({ a: ['x s3cret#'], b: { c: 's3cret#' }, n: 1, s3: null }), {
      a: ['x ***'],
      b: { c: '***' },
      n: 1,
      s3: null,
    });
  });

  it('in URLs are masked without being known', () => {
    assert.equal(
      maskText('to mysql://me:hunter2@db/shop and tidb://me@db'),
      'to mysql://me:***@db/shop and tidb://me@db',
    );
  });

  it('of no length do not mask everything', () => {
    rememberSecret('');
    rememberSecret('a');
    assert.equal(maskText('a banana'), 'a banana');
  });
});
