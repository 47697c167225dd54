import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Case } from './case.ts';
import { type Lab, root } from './lab.ts';
import { measure, sampleOf } from './measured.ts';
import { median, type Result, type Sample } from './result.ts';

/** So many starts that a median means something for what takes a tenth of a second. */
const STARTS = 15;
const most = { '--version': 120, '--help': 150 } as const;

export const startCases: readonly Case[] = [
  { name: 'start', text: 'Start of the command line', run: (lab: Lab) => startCase(lab) },
];

async function startCase(lab: Lab): Promise<Result[]> {
  const places = { checkout: join(root, 'cli/bin.js'), packed: await installed(lab) };
  const results: Result[] = [];
  for (const [place, bin] of Object.entries(places)) {
    for (const [word, limit] of Object.entries(most)) {
      const samples = await starts([process.execPath, bin, word]);
      const value = 1000 * median(samples.map(({ seconds }) => seconds));
      results.push({
        case: 'start',
        subject: `${word}, ${place}`,
        samples,
        checks: [{ what: 'ms', value, most: limit }],
      });
    }
  }
  return results;
}

/** The first start fills Node's compile cache, as the first one of a user does. */
async function starts(command: readonly string[]): Promise<Sample[]> {
  await measure(command);
  const samples: Sample[] = [];
  for (let i = 0; i < STARTS; i++) samples.push(sampleOf(await measure(command)));
  return samples;
}

/** The launcher of the package as it is installed elsewhere. */
async function installed(lab: Lab): Promise<string> {
  const app = join(lab.folder, 'app');
  await mkdir(app);
  await npm(root, 'pack', '--pack-destination', lab.folder);
  const tarball = (await readdir(lab.folder)).find((name) => name.endsWith('.tgz'))!;
  await writeFile(join(app, 'package.json'), '{ "private": true }\n');
  const words = ['--prefer-offline', '--no-audit', '--no-fund', '--omit=dev', join(lab.folder, tarball)];
  await npm(app, 'install', ...words);
  return join(app, 'node_modules/millrace/cli/bin.js');
}

/** npm as a user would call it: without what the npm that runs this has set. */
async function npm(cwd: string, ...words: string[]): Promise<void> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
  await promisify(execFile)('npm', words, { cwd, env, maxBuffer: 1 << 24 });
}
