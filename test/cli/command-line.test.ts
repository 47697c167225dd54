// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are texts of files
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { commands } from '../../cli/commands.ts';
import { matchesGolden } from '../golden.ts';
import { folder, millrace, root } from './command-line.ts';

const version = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;

/** A project whose servers are not there: port 1 of this machine. */
const nobodyThere = `name: shop
connections:
  prod: { type: mysql, host: 127.0.0.1, port: 1, wake_seconds: 0.2, password: "hunter2-secret" }
  copy: { type: tidb, host: 127.0.0.1, port: 1, wake_seconds: 0.2 }
pipelines:
  main: { from: prod, to: copy, streams: [shop.*] }
`;

describe('help', () => {
  it('is on record', async () => {
    using home = folder();
    const { out, code } = await millrace(home.path, ['--help']);
    assert.equal(code, 0);
    matchesGolden('cli/help.txt', out);
    const nothing = await millrace(home.path, []);
    assert.equal(nothing.out, out);
  });

  for (const { name } of commands) {
    it(`of ${name} is on record`, async () => {
      using home = folder();
      const { out, code } = await millrace(home.path, [...name.split(' '), '--help']);
      assert.equal(code, 0);
      matchesGolden(`cli/help/${name.replace(' ', '-')}.txt`, out);
    });
  }

  it('starts fast', async (t) => {
    using home = folder();
    for (const word of ['--version', '--help']) {
      const took: number[] = [];
      for (let time = 0; time < 4; time++) {
        const started = performance.now();
        const { code } = await millrace(home.path, [word]);
        took.push(performance.now() - started);
        assert.equal(code, 0);
      }
      const best = Math.min(...took);
      t.diagnostic(`${word} took ${best.toFixed(0)} ms`);
      assert.ok(best < 2000, 'many times what it takes on a machine with nothing else to do');
    }
  });
});

describe('exit codes', () => {
  const usage: readonly (readonly string[])[] = [
    ['synk'],
    ['sync', '--no-such'],
    ['sync', '--read', 'ful', 'a:', 'b:'],
    ['sync', '--parallel', 'x'],
    ['position'],
    ['discover', 'a', 'b'],
  ];
  for (const words of usage) {
    it(`2 for the usage error \`${words.join(' ')}\`, told on stderr`, async () => {
      using home = folder();
      const { code, out, err } = await millrace(home.path, words);
      assert.deepEqual([code, out], [2, '']);
      assert.notEqual(err, '');
    });
  }

  it('2 without a project, with the way out', async () => {
    using home = folder();
    const { code, err } = await millrace(home.path, ['sync']);
    assert.equal(code, 2);
    assert.match(err, /config\.invalid[\s\S]*fix {4}Run `millrace init`/);
  });

  it('3 where nobody answers, in words that hold no password', async () => {
    using home = folder();
    writeFileSync(join(home.path, 'millrace.yaml'), nobodyThere);
    const { code, out, err } = await millrace(home.path, ['sync']);
    assert.equal(code, 3, err);
    assert.equal(out, '');
    assert.match(err, /connect\.unreachable/);
    assert.match(err, /\nlog {4}millrace history logs \S+ .*\nretry {2}millrace sync\n$/);
    assert.doesNotMatch(err, /hunter2/);
  });

  it('4 for findings', async () => {
    using home = folder();
    writeFileSync(join(home.path, 'millrace.yaml'), nobodyThere);
    const { code, out } = await millrace(home.path, ['check']);
    assert.equal(code, 4);
    assert.match(out, /FAIL {2}source[\s\S]*FAIL {2}destination/, 'both sides, not the first');
  });
});

describe('--json', () => {
  it('is one object with five members for every command that is no run, errors too', async () => {
    using home = folder();
    writeFileSync(join(home.path, 'millrace.yaml'), nobodyThere);
    for (const words of [
      ['history', 'list'],
      ['history', 'show'],
      ['config', 'show'],
      ['config', 'schema'],
      ['check'],
      ['position', 'show'],
      ['preview', 'x'],
      ['synk'],
      ['sync', '--no-such'],
      ['completion', 'tcsh'],
    ]) {
      const { out, code } = await millrace(home.path, [...words, '--json']);
      const lines = out.trimEnd().split('\n');
      assert.equal(lines.length, 1, words.join(' '));
      const told = JSON.parse(lines[0]!) as { ok: boolean; error: unknown };
      assert.deepEqual(Object.keys(told), ['command', 'ok', 'summary', 'result', 'error']);
      assert.equal(told.ok, code === 0, words.join(' '));
      assert.doesNotMatch(out, /hunter2/);
    }
  });

  it('ends a run with exactly one finished event, also where no run could begin', async () => {
    using home = folder();
    const nothing = await millrace(home.path, ['sync', '--json']);
    writeFileSync(join(home.path, 'millrace.yaml'), nobodyThere);
    const failed = await millrace(home.path, ['sync', '--json']);
    const two = nobodyThere.replace('pipelines:\n', 'pipelines:\n  other: { from: prod, to: copy, streams: [x.*] }\n');
    writeFileSync(join(home.path, 'millrace.yaml'), two);
    const twice = await millrace(home.path, ['sync', '--json']);
    for (const [{ out, code }, exit] of [
      [nothing, 2],
      [failed, 3],
      [twice, 3],
    ] as const) {
      const events = out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { event: string; status?: string });
      assert.equal(events.filter(({ event }) => event === 'finished').length, 1);
      assert.equal(events.at(-1)?.event, 'finished');
      assert.equal(events.at(-1)?.status, 'failed');
      assert.equal(code, exit);
      assert.doesNotMatch(out, /hunter2/);
    }
    const history = await millrace(home.path, ['history', 'list', '--json']);
    const { result } = JSON.parse(history.out) as { result: { status: string }[] };
    assert.deepEqual(
      result.map(({ status }) => status),
      ['failed', 'failed', 'failed'],
    );
    assert.doesNotMatch(readFileSync(join(home.path, '.millrace/state.db'), 'latin1'), /hunter2/);
  });
});

describe('without a terminal', () => {
  it('init does not ask, and says what to give instead', async () => {
    using home = folder();
    const { code, err } = await millrace(home.path, ['init']);
    assert.equal(code, 2);
    assert.match(err, /nobody is there to ask[\s\S]*millrace init mysql/);
  });

  it('no colour and no cursor movement is written', async () => {
    using home = folder();
    writeFileSync(join(home.path, 'millrace.yaml'), nobodyThere);
    for (const words of [['sync'], ['check'], ['plan'], ['--help']]) {
      const { out, err } = await millrace(home.path, words, { FORCE_COLOR: '1' });
      assert.ok(!`${out}${err}`.includes('\x1b'), words.join(' '));
    }
  });
});

describe('init', () => {
  it('makes a project whose secrets are in .env alone, and never overwrites one', async () => {
    using home = folder();
    const urls = ['mysql://me:p%40ss%23%22word@db1:3307/shop?wake_seconds=5', 'tidb://u.root:%27x%20y@db2/copy'];
    const { code, err } = await millrace(home.path, ['init', ...urls, '--tables', 'orders,shop.c*', '--read', 'full']);
    assert.equal(code, 0, err);
    assert.match(err, /a password in a URL shows in the process list/);
    const text = readFileSync(join(home.path, 'millrace.yaml'), 'utf8');
    matchesGolden('cli/init.yaml', text.replace(/^name: .*$/m, 'name: NAME'));
    assert.equal(
      readFileSync(join(home.path, '.env'), 'utf8'),
      `SOURCE_PASSWORD='p@ss#"word'\nDESTINATION_PASSWORD="'x y"\n`,
    );
    assert.equal(statSync(join(home.path, '.env')).mode & 0o777, 0o600);
    assert.match(readFileSync(join(home.path, '.gitignore'), 'utf8'), /^\.env$/m);
    assert.ok(existsSync(join(home.path, '.millrace/schema.json')));
    const shown = await millrace(home.path, ['config', 'show', '--json']);
    assert.equal(shown.code, 0, shown.out);
    assert.doesNotMatch(shown.out, /p@ss/);
    const again = await millrace(home.path, ['init', ...urls]);
    assert.equal(again.code, 2);
    assert.match(again.err, /is there already/);
    assert.doesNotMatch(again.err, /p@ss|p%40ss/);
  });
});

describe('config show', () => {
  it('shows references as they are written and hides secrets that are not references', async () => {
    using home = folder();
    const yaml = nobodyThere.replace('copy: { type: tidb,', 'copy: { type: tidb, user: "${WHO}", password: "${PW:-}",');
    writeFileSync(join(home.path, 'millrace.yaml'), yaml);
    const { out } = await millrace(home.path, ['config', 'show'], { WHO: 'someone', PW: 'hidden-word' });
    assert.match(out, /user: "\$\{WHO\}"/);
    assert.match(out, /password: "\$\{PW:-\}"/);
    assert.match(out, /password: "\*\*\*"/);
    assert.doesNotMatch(out, /hunter2|someone|hidden-word/);
  });
});

describe('completion', () => {
  it('offers commands, options, their values and the names of the project', async () => {
    using home = folder();
    writeFileSync(join(home.path, 'millrace.yaml'), nobodyThere);
    const offered = async (...words: string[]) =>
      (await millrace(home.path, ['__complete', ...words])).out.trimEnd().split('\n');
    assert.deepEqual(await offered('posi'), ['position']);
    assert.deepEqual(await offered('position', ''), ['show', 'set', 'reset']);
    assert.deepEqual(await offered('sync', 'm'), ['main']);
    assert.deepEqual(await offered('discover', ''), ['prod', 'copy', 'main']);
    assert.deepEqual(await offered('sync', '--read', 'in'), ['incremental']);
    assert.deepEqual(await offered('verify', '--js'), ['--json']);
    assert.deepEqual(await offered('nonsense', ''), ['']);
  });

  /** What a line of each shell asks for, with the script before it. The completion of zsh itself runs in a terminal only: its list is taken from it. */
  const shells = {
    bash: { flags: [], ask: 'COMP_WORDS=(millrace history l); COMP_CWORD=2; _millrace; echo "${COMPREPLY[*]}"' },
    zsh: {
      flags: ['-f'],
      before: 'compdef() { :; }; compadd() { print -l -- "${(@P)2}"; }',
      ask: 'words=(millrace history l); CURRENT=3; _millrace; words=(millrace nonsense ""); _millrace || true',
    },
    fish: { flags: ['--no-config'], ask: 'complete -C "millrace history l"' },
  } as const satisfies Record<string, { flags: readonly string[]; before?: string; ask: string }>;

  for (const [shell, { flags, ask, ...more }] of Object.entries(shells)) {
    it(`works in ${shell}`, { skip: !isInstalled(shell) && `no ${shell} on this machine` }, async () => {
      using home = folder();
      const bin = join(home.path, 'millrace');
      symlinkSync(join(root, 'cli/bin.js'), bin);
      chmodSync(bin, 0o755);
      const { out } = await millrace(home.path, ['completion', shell]);
      const script = [...('before' in more ? [more.before] : []), out, ask].join('\n');
      const env = { PATH: `${home.path}:${join(root, 'node_modules/.bin')}:${process.env.PATH}`, HOME: home.path };
      const told = execFileSync(shell, [...flags, '-c', script], { cwd: home.path, env, encoding: 'utf8' });
      assert.deepEqual(told.trim().split(/\s+/), ['list', 'logs']);
    });
  }
});

describe('the launcher', () => {
  it('says which Node it needs on one that is too old, in one line', {
    skip: oldNode() === undefined && 'no old Node on this machine',
  }, () => {
    const { status, stderr } = runOld(oldNode()!);
    assert.equal(status, 3);
    assert.match(stderr, /^millrace needs Node 24\.15 or later; this is v\d+/);
    assert.equal(stderr.trimEnd().split('\n').length, 1);
  });

  it('tells its version', async () => {
    using home = folder();
    assert.deepEqual(await millrace(home.path, ['--version']), { code: 0, out: `${version}\n`, err: '' });
    assert.deepEqual(await millrace(home.path, ['-V']), { code: 0, out: `${version}\n`, err: '' });
  });
});

function isInstalled(shell: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, shell)));
}

function oldNode(): string | undefined {
  const found = '/usr/bin/node';
  if (!existsSync(found)) return undefined;
  const major = Number(execFileSync(found, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' }));
  return major < 24 ? found : undefined;
}

function runOld(node: string): { status: number; stderr: string } {
  try {
    execFileSync(node, [join(root, 'cli/bin.js'), '--version'], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    return error as { status: number; stderr: string };
  }
  return { status: 0, stderr: '' };
}
