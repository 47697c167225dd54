import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { folder, millrace, type Told } from '../cli/command-line.ts';
import { ask } from '../services/command.ts';
import type { Certificates } from '../services/recipe.ts';
import { type TestCloud, testCertificates } from '../stand-in/fixture.ts';
import type { Manners } from '../stand-in/manners.ts';
import { type CloudPair, cloudPair } from './cloud-pair.ts';

const ENVIRONMENT = 3;

/** Old enough that today's libraries have to be asked to speak it at all. */
const oldTls: Manners = { tls: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } };

describe('a cluster that does not let us in', () => {
  let certificates: Certificates & Disposable;
  let others: Certificates & Disposable;
  before(async () => {
    certificates = await testCertificates();
    others = await testCertificates();
  });
  after(() => {
    certificates[Symbol.dispose]();
    others[Symbol.dispose]();
  });

  const between = async (manners: { source?: Manners; target?: Manners }, test: (pair: CloudPair) => Promise<void>) => {
    await using pair = await cloudPair(certificates, { from: 'tidb', to: 'mysql', rows: 10, ...manners });
    await test(pair);
  };
  const sync = async (from: string, to: string): Promise<Told> => {
    using home = folder();
    return await millrace(home.path, ['sync', from, to, '--json']);
  };

  /** One attempt, one terminal event with the code, and no waiting for a cluster to wake. */
  const assertRefused = async (told: Promise<Told>, cloud: TestCloud, code: string, message: RegExp) => {
    const before = cloud.standIn.opened;
    const start = performance.now();
    const { out, code: exit } = await told;
    const { error } = JSON.parse(out.trim().split('\n').at(-1)!) as {
      error?: { code: string; message: string; fix: string; at: string };
    };
    assert.equal(error?.code, code, out);
    assert.equal(exit, ENVIRONMENT);
    assert.match(error.message, message);
    assert.match(error.at, /^127\.0\.0\.1:\d+$/);
    assert.ok(error.fix.length > 0);
    assert.ok(!out.includes('connect.waking'));
    assert.equal(cloud.standIn.opened - before, 1);
    assert.ok(performance.now() - start < 10_000);
    await cloud.standIn.untilNoneOpen();
  };

  for (const side of ['source', 'target'] as const) {
    /** The pipeline's URLs, the one of `side` changed. */
    const ends = ({ source, target }: CloudPair, changes: Parameters<TestCloud['url']>[0]): [string, string] =>
      side === 'source' ? [source.url(changes), target.url()] : [source.url(), target.url(changes)];

    describe(`as ${side}`, () => {
      it('for its certificate is of an authority that we do not know', () =>
        between({}, async (pair) => {
          const told = sync(...ends(pair, { query: `tls=verify&ca=${others.ca}` }));
          await assertRefused(told, pair[side], 'connect.tls', /certificate/);
        }));

      it('for it speaks no TLS from 1.2 on, whether verified or not', () =>
        between({ [side]: oldTls }, async (pair) => {
          for (const query of [`tls=verify&ca=${certificates.ca}`, 'tls=skip-verify']) {
            await assertRefused(sync(...ends(pair, { query })), pair[side], 'connect.tls', /version|protocol/i);
          }
        }));

      it('for it wants TLS, which is not the default on loopback', () =>
        between({}, async (pair) => {
          await assertRefused(sync(...ends(pair, { query: '' })), pair[side], 'connect.tls', /insecure transport/);
        }));

      it('for the password is wrong', () =>
        between({}, async (pair) => {
          const told = sync(...ends(pair, { password: 'a-wrong-one' }));
          await assertRefused(told, pair[side], 'connect.denied', /denied/i);
          assert.ok(!(await told).out.includes('a-wrong-one') && !(await told).err.includes('a-wrong-one'));
        }));

      it('for the prefix of the user name is missing', () =>
        between({}, async (pair) => {
          await assertRefused(sync(...ends(pair, { user: 'root' })), pair[side], 'connect.denied', /prefix/i);
        }));

      it('for its quota is used up', () =>
        between({ [side]: { exhausted: true } }, async (pair) => {
          await assertRefused(sync(...ends(pair, {})), pair[side], 'connect.quota', /usage quota/);
        }));
    });
  }

  it('to a database that is not there, as source', () =>
    between({}, async ({ source, target }) => {
      const told = sync(source.url({ database: 'mr_nowhere' }), target.url());
      await assertRefused(told, source, 'database.missing', /mr_nowhere/);
    }));

  it('is told by check, with the same code', () =>
    between({ target: { exhausted: true } }, async ({ source, target }) => {
      using home = folder();
      const { out, code } = await millrace(home.path, ['check', source.url(), target.url(), '--json']);
      assert.equal(code, 4);
      assert.match(out, /connect\.quota/);
    }));

  it('for its certificate is of another name', async () => {
    using own = await testCertificates();
    const names = ['-subj', '/CN=other', '-addext', 'subjectAltName=DNS:other.example'];
    const files = ['-keyout', own.key, '-out', own.cert];
    await ask('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...names, ...files]);
    await using pair = await cloudPair(own, { from: 'tidb', to: 'mysql', rows: 10 });
    const told = sync(pair.source.url({ query: `tls=verify&ca=${own.cert}` }), pair.target.url());
    await assertRefused(told, pair.source, 'connect.tls', /altnames|does not match/i);
  });
});
