import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Case } from './case.ts';
import { type Lab, root } from './lab.ts';
import { measure, sampleOf } from './measured.ts';
import { writeModelsProject } from './models-project.ts';
import { medianSeconds, type Result, type Sample } from './result.ts';

const MODELS = 1000;
const MOST_SECONDS = 2;

export const modelsCases: readonly Case[] = [
  { name: 'models', text: `Parsing and compiling ${MODELS} models with ${3 * MODELS} tests`, run: modelsCase },
];

/** Cold: nothing is kept from one run to the next but Node's own cache of code. */
async function modelsCase(lab: Lab): Promise<Result[]> {
  const folder = await lab.ownFolder();
  writeModelsProject(folder, MODELS);
  const results: Result[] = [];
  for (const verb of ['parse', 'compile']) {
    const samples: Sample[] = [];
    const command = [process.execPath, join(root, 'cli/bin.js'), verb, '--project-dir', folder, '--quiet'];
    for (let run = 0; run < lab.options.runs; run += 1) {
      await rm(join(folder, 'target'), { recursive: true, force: true });
      samples.push(sampleOf(await measure(command)));
    }
    const check = { what: 's', value: medianSeconds(samples), most: MOST_SECONDS };
    results.push({ case: 'models', subject: verb, rows: 4 * MODELS, samples, checks: [check] });
  }
  return results;
}
