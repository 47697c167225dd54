import { constants } from 'node:os';
import { Unavailable } from '../services/unavailable.ts';
import { backlogCases } from './backlog-case.ts';
import { buildCases } from './build-case.ts';
import { CannotMeasure } from './cannot-measure.ts';
import type { Case } from './case.ts';
import { copyCases } from './copy-case.ts';
import { deleteCases } from './delete-case.ts';
import { duckdbCases } from './duckdb-case.ts';
import { kafkaCases } from './kafka-case.ts';
import { Lab } from './lab.ts';
import { lagCases } from './lag-case.ts';
import { logCases } from './log-case.ts';
import { thisMachine } from './machine.ts';
import { memoryCases } from './memory-case.ts';
import { modelsCases } from './models-case.ts';
import { type BenchOptions, parseOptions } from './options.ts';
import { readCases } from './read-case.ts';
import { machineText, skippedText, tableText } from './report.ts';
import { failed, type Result, type Skipped } from './result.ts';
import { startCases } from './start-case.ts';
import { diffCases } from './tidb-diff-case.ts';
import { tpchCases } from './tpch-case.ts';

const cases: readonly Case[] = [
  ...startCases,
  ...readCases,
  ...logCases,
  ...lagCases,
  ...backlogCases,
  ...copyCases,
  ...kafkaCases,
  ...memoryCases,
  ...duckdbCases,
  ...diffCases,
  ...tpchCases,
  ...modelsCases,
  ...buildCases,
  ...deleteCases,
];

/**
 * `npm run bench -- [--rows N] [--runs N] [--only CASE]... [--no-peers] [--json]`: exit code 1 where a figure misses what it must be, without a
 * reason that is known, or a copy is not equal, 3 where something could not be measured.
 */
async function main(words: readonly string[]): Promise<number> {
  const options = parseOptions(words);
  const chosen = choose(options);
  const machine = thisMachine();
  const results: Result[] = [];
  const skipped: Skipped[] = [];
  await using lab = await Lab.open(options);
  for (const one of chosen) {
    say(`${one.text} ...`);
    try {
      results.push(...(await one.run(lab)));
    } catch (thrown) {
      if (!(thrown instanceof Unavailable) && !(thrown instanceof CannotMeasure)) throw thrown;
      skipped.push({ case: one.name, why: thrown.message });
    }
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ machine, options, results, skipped })}\n`);
  else process.stdout.write(`${[machineText(machine), '', tableText(results), skippedText(skipped)].join('\n')}\n`);
  const missed = results.some((result) => (result.checks ?? []).some(failed) || isWrong(result));
  return missed ? 1 : skipped.length > 0 ? 3 : 0;
}

/** Another tool's copy may differ: that is its finding, not this bench's failure. */
function isWrong({ subject, arrived }: Result): boolean {
  return subject === 'millrace' && arrived !== undefined && arrived !== 'equal';
}

function choose({ only }: BenchOptions): readonly Case[] {
  const unknown = only.filter((name) => !cases.some((one) => one.name === name));
  if (unknown.length > 0)
    throw new TypeError(`no case ${unknown.join(', ')}; there are ${cases.map(({ name }) => name).join(', ')}`);
  return only.length === 0 ? cases : cases.filter(({ name }) => only.includes(name));
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

// Servers end with this process; its own exit code says which signal it was.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(128 + constants.signals[signal]));
}
process.exitCode = await main(process.argv.slice(2));
