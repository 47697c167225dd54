import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { millraceError, type RunFinished } from '../../connectors/contract/index.ts';
import { connectors } from '../../connectors/registry.ts';
import { LocalState } from '../../connectors/state/index.ts';
import { runPipeline } from '../../connectors/sync/index.ts';
import type { Invocation, Outcome } from '../command.ts';
import { selectPipelines } from '../config/place.ts';
import { projectJsonSchema } from '../config/schema.ts';
import { execute } from '../execution.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { formatCount, formatDuration } from '../output/format.ts';
import { paint } from '../terminal.ts';
import { run as verify } from './verify.ts';

/** `millrace quickstart`: a small project that is synced, changed, synced again and verified. The folder stays for looking around. */
export async function run(invocation: Invocation): Promise<Outcome | ExitCode> {
  const started = performance.now();
  const example = join(fileURLToPath(invocation.root), 'examples', 'quickstart');
  const folder = makeFolder(invocation, example);
  const inside = enter(invocation, folder);
  const step = stepper(invocation);

  step(`A project of three files, in ${folder}`);
  step('Sync: the files flow into warehouse.duckdb');
  const first = await sync(inside);
  if (first !== EXIT.ok) return first;

  cpSync(join(example, 'later'), join(folder, 'data'), { recursive: true });
  step('The files change: 2 customers, 3 orders, and 1 customer, 2 orders and 1 payment more');
  step('Sync again: only what changed of customers and orders is read, payments are swapped in whole');
  const second = await sync(inside);
  if (second !== EXIT.ok) return second;

  step('Verify: both sides compute checksums, row by row where they differ');
  const verified = await verify(inside);
  if (!invocation.options.quiet && !invocation.options.json) invocation.terminal.err.write(`${verified.report}\n`);
  return outcome(folder, runsOf(folder), verified, (performance.now() - started) / 1000);
}

function makeFolder({ args, terminal }: Invocation, example: string): string {
  const [given] = args;
  const folder =
    given === undefined ? mkdtempSync(join(tmpdir(), 'millrace-quickstart-')) : resolve(terminal.cwd, given);
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw millraceError('config.invalid', `${folder} is not empty`, { at: folder, fix: 'Name a new folder.' });
  }
  mkdirSync(join(folder, '.millrace'), { recursive: true });
  cpSync(join(example, 'millrace.yaml'), join(folder, 'millrace.yaml'));
  cpSync(join(example, 'data'), join(folder, 'data'), { recursive: true });
  writeFileSync(join(folder, '.millrace/schema.json'), JSON.stringify(projectJsonSchema(connectors)));
  return folder;
}

/** As if millrace had been called in the folder. Events are not for stdout here: the quickstart's own outcome is. */
function enter(invocation: Invocation, folder: string): Invocation {
  const { json, ...options } = invocation.options;
  return {
    ...invocation,
    words: ['sync', '--project', folder],
    args: [],
    options: { ...options, project: folder, ...(json || options.quiet ? { quiet: true as const } : {}) },
    terminal: { ...invocation.terminal, cwd: folder },
  };
}

function sync(inside: Invocation): Promise<ExitCode> {
  return execute(inside, () => selectPipelines(inside, []), runPipeline);
}

function stepper({ terminal, options }: Invocation): (line: string) => void {
  let n = 0;
  return (line) => {
    n++;
    if (!options.quiet && !options.json) terminal.err.write(`\n${paint(terminal, 'bold', `${n}. ${line}`)}\n`);
  };
}

/** The terminal events of the runs so far, oldest first. */
function runsOf(folder: string): RunFinished[] {
  using state = new LocalState(join(folder, '.millrace', 'state.db'), () => {});
  return state
    .runs(10)
    .flatMap(({ outcome: finished }) => finished ?? [])
    .reverse();
}

function outcome(folder: string, runs: readonly RunFinished[], verified: Outcome, seconds: number): Outcome {
  const written = runs.map(({ counts }) => counts.written);
  const total = formatCount(written.reduce((sum, rows) => sum + rows, 0));
  const next = [
    `cd ${folder}`,
    'npx millrace preview orders files',
    'npx millrace history list',
    "npx millrace init mysql://USER@HOST/DATABASE tidb://USER@HOST/DATABASE --tables 'orders'",
  ];
  return {
    exit: verified.exit,
    summary: [
      `\n${total} rows written in ${runs.length} runs, ${verified.summary}, ${formatDuration(seconds)} in all.`,
      'Next:',
      ...next.map((command) => `  ${command}`),
    ].join('\n'),
    result: { folder, seconds, runs, verify: verified.result, next },
    report: '',
  };
}
