import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Case } from './case.ts';
import { type Lab, root } from './lab.ts';
import { measure, sampleOf } from './measured.ts';
import { writeModelsProject } from './models-project.ts';
import { modelsByDbt } from './peer-dbt.ts';
import { medianSeconds, type Result, type Sample } from './result.ts';

const MODELS = 1000;
const MANY = 10_000;
const COLD_SECONDS = 2;
const WARM_SECONDS = 0.3;
const MANY_SECONDS = 15;
const MANY_MIB = 1024;

export const modelsCases: readonly Case[] = [
  { name: 'models', text: `Parsing and compiling ${MODELS} models with ${3 * MODELS} tests`, run: modelsCase },
  { name: 'models-many', text: `Parsing ${MANY} models with ${3 * MANY} tests`, run: manyCase },
];

/** Cold: nothing is kept from one run to the next but Node's own cache of code. Warm: of all files one model's has changed since. */
async function modelsCase(lab: Lab): Promise<Result[]> {
  const folder = await lab.ownFolder();
  writeModelsProject(folder, MODELS);
  const results: Result[] = [];
  for (const verb of ['parse', 'compile']) {
    for (const state of ['cold', 'warm'] as const) {
      const samples = await samplesOf(lab, () => one(folder, verb, state));
      const value = medianSeconds(samples);
      const check =
        state === 'cold'
          ? { what: 's', value, most: COLD_SECONDS }
          : { what: 's', value, most: WARM_SECONDS, tolerated: COLD_SECONDS };
      results.push({ case: 'models', subject: `${verb}, ${state}`, rows: 4 * MODELS, samples, checks: [check] });
    }
  }
  return lab.options.peers ? [...results, ...(await modelsByDbt(folder, 4 * MODELS))] : results;
}

async function manyCase(lab: Lab): Promise<Result[]> {
  const folder = await lab.ownFolder();
  writeModelsProject(folder, MANY);
  const samples = await samplesOf(lab, () => one(folder, 'parse', 'cold'));
  const checks = [
    { what: 's', value: medianSeconds(samples), most: MANY_SECONDS },
    { what: 'MiB', value: Math.max(...samples.map(({ peakMib }) => peakMib)), most: MANY_MIB },
  ];
  return [{ case: 'models-many', subject: 'parse, cold', rows: 4 * MANY, samples, checks }];
}

async function one(folder: string, verb: string, state: 'cold' | 'warm'): Promise<Sample> {
  if (state === 'cold') await rm(join(folder, 'target'), { recursive: true, force: true });
  else await touchModel(folder);
  return sampleOf(
    await measure([process.execPath, join(root, 'cli/bin.js'), verb, '--project-dir', folder, '--quiet']),
  );
}

/** Changes the text of one model, and not what it calls. */
async function touchModel(folder: string): Promise<void> {
  await appendFile(join(folder, 'models/area_3/model_3.sql'), '-- changed\n');
}

async function samplesOf({ options }: Lab, run: () => Promise<Sample>): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let at = 0; at < options.runs; at += 1) samples.push(await run());
  return samples;
}
