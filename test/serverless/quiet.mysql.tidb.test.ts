import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { folder, millrace, root } from '../cli/command-line.ts';
import { eventsOf } from '../pipeline.ts';
import type { Certificates } from '../services/recipe.ts';
import { sharedUrl } from '../services/shared.ts';
import { type Cloud, testCertificates } from '../stand-in/fixture.ts';
import type { Manners } from '../stand-in/manners.ts';
import { type CloudPair, cloudPair } from './cloud-pair.ts';

/** From the last line of a run to the end of its process: what closing connections and the local state may take. */
const PROMPT_MS = 1500;

describe('invariant 8: when no run is active, no connection is open', () => {
  let certificates: Certificates & Disposable;
  before(async () => {
    certificates = await testCertificates();
  });
  after(() => certificates[Symbol.dispose]());

  interface Settings {
    readonly rows?: number;
    readonly source?: Manners;
    readonly target?: Manners;
    readonly query?: string;
  }
  const between = async (settings: Settings, test: (pair: CloudPair, home: string) => Promise<void>) => {
    using home = folder();
    await using pair = await cloudPair(certificates, { from: 'tidb', to: 'mysql', ...settings });
    await test(pair, home.path);
  };

  /** A project with a pipeline for each of the tables; `past` goes by the servers themselves, past the stand-ins. */
  const writeProject = (home: string, pair: CloudPair, tables: readonly string[], options = '') => {
    const connection = (url: string, tls: string) => {
      const { protocol, hostname, port, username, password, pathname } = new URL(url);
      const access = `user: ${username}, password: ${JSON.stringify(decodeURIComponent(password))}, ${tls}`;
      return `{ type: ${protocol.slice(0, -1)}, host: ${hostname}, port: ${port}, database: ${pathname.slice(1)}, ${access} }`;
    };
    const direct = (kind: Cloud) => `${kind}:${sharedUrl(kind).slice('mysql:'.length)}`;
    const verified = `tls: verify, ca: ${certificates.ca}`;
    const { source, target } = pair;
    const lines = [
      'name: quiet',
      'connections:',
      `  from: ${connection(pair.ends.from, verified)}`,
      `  to: ${connection(pair.ends.to, verified)}`,
      `  past-from: ${connection(`${direct('tidb')}/${source.database}`, 'tls: off')}`,
      `  past-to: ${connection(`${direct('mysql')}/${target.database}`, 'tls: off')}`,
      'pipelines:',
      ...tables.map((name) => {
        const [, past = '', table = ''] = /^(past-)?(.*)$/.exec(name)!;
        return `  ${name}: { from: ${past}from, to: ${past}to, streams: [${source.database}.${table}]${options} }`;
      }),
    ];
    writeFileSync(join(home, 'millrace.yaml'), `${lines.join('\n')}\n`);
  };

  /** Runs `sync`; `onLine` sees each line of `--json` as it comes. Gives the exit code and how long the process lived after its last line. */
  const sync = (home: string, words: readonly string[], onLine: (line: string, pid: number) => void) => {
    const { PATH = '', HOME = '' } = process.env;
    const env = { PATH, HOME, XDG_STATE_HOME: join(home, 'xdg-state') };
    const child = spawn(process.execPath, [join(root, 'cli/bin.js'), 'sync', ...words, '--json'], {
      cwd: home,
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let last = '';
    let at = 0;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      at = performance.now();
      for (const line of text.split('\n')) {
        if (line === '') continue;
        last = line;
        onLine(line, child.pid!);
      }
    });
    return new Promise<{ code: number | null; last: string; lingered: number }>((resolve) => {
      child.on('close', (code) => resolve({ code, last, lingered: performance.now() - at }));
    });
  };
  const noneOpen = ({ source, target }: CloudPair) =>
    Promise.all([source.standIn.untilNoneOpen(200), target.standIn.untilNoneOpen(200)]);

  it('between the runs of two pipelines, and after; the process ends at once', () =>
    between({}, async (pair, home) => {
      writeProject(home, pair, ['numbered', 'past-plain', 'named']);
      const told: string[] = [];
      pair.source.standIn.onTold = ({ event }) => told.push(`source ${event}`);
      pair.target.standIn.onTold = ({ event }) => told.push(`target ${event}`);
      const { code, lingered } = await sync(home, [], () => undefined);
      assert.equal(code, 0);
      assert.ok(lingered < PROMPT_MS, `${lingered} ms`);
      await noneOpen(pair);
      for (const side of ['source', 'target']) {
        assert.equal(told.filter((what) => what === `${side} none-open`).length, 2, told.join('\n'));
      }
    }));

  it('after a run that failed', () =>
    between({}, async (pair, home) => {
      writeProject(home, pair, ['numbered']);
      await pair.target.direct(`CREATE TABLE ${pair.target.database}.numbered (id INT)`);
      const { code, last, lingered } = await sync(home, [], () => undefined);
      assert.equal(code, 1, last);
      assert.ok(lingered < PROMPT_MS, `${lingered} ms`);
      await noneOpen(pair);
    }));

  for (const signals of [1, 2]) {
    it(`after ${signals === 1 ? 'a signal' : 'two signals'} in the middle of a copy`, () =>
      between({ rows: 60_000 }, async (pair, home) => {
        writeProject(home, pair, ['numbered'], ', throttle: { rows_per_second: 10000 }');
        let sent = 0;
        const { code, last, lingered } = await sync(home, [], (line, pid) => {
          if (!line.includes('"progress"') || sent >= signals) return;
          for (; sent < signals; sent++) setTimeout(() => process.kill(pid, 'SIGINT'), sent * 50);
        });
        assert.equal(code, 130, last);
        assert.match(last, /"status":"stopped"/);
        assert.ok(lingered < PROMPT_MS, `${lingered} ms`);
        await noneOpen(pair);
      }));
  }

  it('after a signal that comes while the cluster is waited for, which ends the wait', () =>
    between({ target: { wake: 60_000 } }, async (pair, home) => {
      writeProject(home, pair, ['numbered']);
      const start = performance.now();
      const { code } = await sync(home, [], (line, pid) => {
        if (line.includes('connect.waking')) process.kill(pid, 'SIGTERM');
      });
      assert.equal(code, 143);
      assert.ok(performance.now() - start < 10_000);
      await noneOpen(pair);
    }));

  it('and looking at history and positions opens none', () =>
    between({ source: { wake: 300, sleepAfter: 50 }, target: { wake: 300, sleepAfter: 50 } }, async (pair, home) => {
      writeProject(home, pair, ['numbered']);
      assert.equal((await sync(home, [], () => undefined)).code, 0);
      const opened = () => [pair.source.standIn.opened, pair.target.standIn.opened];
      const before = opened();
      for (const [words, said] of [
        ['history list', /numbered/],
        ['history show', /numbered.*done/],
        ['history logs', /./],
        ['position show numbered', /full read 1/],
      ] as const) {
        const { code, out, err } = await millrace(home, words.split(' '));
        assert.equal(code, 0, `${words}: ${err}`);
        assert.match(out, said, words);
      }
      assert.deepEqual(opened(), before);
      assert.deepEqual([pair.source.standIn.wakes, pair.target.standIn.wakes], [1, 1]);
    }));

  it('and a run says for how long it kept each side awake', () =>
    between({ rows: 20_000, query: 'idle_seconds=0.3' }, async (pair) => {
      const ran = await pair.sync({ throttle: { rows_per_second: 5000 }, write: 'append' });
      assert.equal(ran.finished.status, 'ok', JSON.stringify(ran.finished.error));
      await noneOpen(pair);
      const { awakeSeconds, seconds } = eventsOf(ran, 'finished')[0]!;
      for (const side of ['source', 'target'] as const) {
        const told = awakeSeconds[side === 'source' ? 'source' : 'destination'];
        const { usedSeconds } = pair[side].standIn;
        assert.ok(Math.abs(told - usedSeconds) < 1, `${side}: ${told} told, ${usedSeconds} seen`);
        assert.ok(told > 1 && told < seconds + 0.1, `${side}: ${told} of ${seconds}`);
      }
    }));

  it('and a pool that nobody disposed of does not keep its process', () =>
    between({ source: { idle: 200 } }, async (pair) => {
      const script = `
        const [pool, { configOf }] = await Promise.all([import('./connectors/sql/pool.ts'), import('./test/sql/pool-fixture.ts')]);
        const made = new pool.SqlPool(configOf(process.argv[1]), { side: 'source', emit: () => undefined });
        const lease = await made.lease('read', new AbortController().signal);
        await lease[Symbol.asyncDispose]();
        process.stdout.write('handed back');`;
      const url = pair.source.url({ query: `tls=verify&ca=${certificates.ca}&idle_seconds=600` });
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, url], { cwd: root });
      let out = '';
      child.stdout.on('data', (text) => (out += text));
      const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
      const code = await Promise.race([ended, sleep(15_000, undefined, { ref: false })]);
      if (code === undefined) child.kill('SIGKILL');
      assert.deepEqual([code, out], [0, 'handed back']);
    }));
});
