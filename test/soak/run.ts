import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { soak } from './soak.ts';

/** `npm run soak [-- --minutes 10 --seed 1]`. Where it fails, the folder stays, and the seed says how to begin the same again. */
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } } });
const seconds = Number(values.minutes) * 60;
const seed = values.seed === undefined ? randomInt(1, 2 ** 31) : Number(values.seed);
if (!(seconds > 0) || !Number.isSafeInteger(seed)) throw new TypeError('--minutes and --seed are numbers');
const folder = mkdtempSync(join(tmpdir(), 'millrace-soak-'));
const startedAt = Date.now();
const say = (line: string) => console.error(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${line}`);

say(`seed ${seed}, ${seconds} s, in ${folder}`);
try {
  console.log(JSON.stringify(await soak({ seconds, seed, folder, say }), null, 2));
  rmSync(folder, { recursive: true });
} catch (thrown) {
  say(`FAILED with seed ${seed}; see ${folder}`);
  console.error((thrown as Error).message);
  process.exitCode = 1;
}
process.exit();
