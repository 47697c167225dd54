import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { millraceError, type RunFinished } from '../../connectors/contract/index.ts';
import { connectors } from '../../connectors/registry.ts';
import { LocalState } from '../../connectors/state/index.ts';
import { runPipeline } from '../../connectors/sync/index.ts';
import type { ModelsFinished } from '../../transforms/run/event.ts';
import type { Invocation, Outcome } from '../command.ts';
import { selectPipelines } from '../config/place.ts';
import { projectJsonSchema } from '../config/schema.ts';
import { execute } from '../execution.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { buildModels, queryRows, type Rows } from '../models/first-look.ts';
import { formatCount, formatDuration, plural } from '../output/format.ts';
import { textTable } from '../output/table.ts';
import { paint } from '../terminal.ts';
import { run as verify } from './verify.ts';

/** The files of the example that make a project, besides its data. */
const PROJECT = ['millrace.yaml', 'dbt_project.yml', 'profiles.yml', 'models'];
const RESULT = 'select * from customer_totals order by ordered desc limit 5';

/**
 * `millrace quickstart`: a small project that is synced, changed, synced again, verified, and built on by models. The folder stays for
 * looking around.
 */
export async function run(invocation: Invocation): Promise<Outcome | ExitCode> {
  const started = performance.now();
  const example = join(fileURLToPath(invocation.root), 'examples', 'quickstart');
  const folder = makeFolder(invocation, example);
  const inside = enter(invocation, folder);
  const step = stepper(invocation);

  step(`A project in ${folder}: three files of rows, and models`);
  step('Sync: the files flow into warehouse.duckdb');
  const first = await sync(inside);
  if (first !== EXIT.ok) return first;

  cpSync(join(example, 'later'), join(folder, 'data'), { recursive: true });
  step('The files change: 2 customers, 3 orders, and 1 customer, 2 orders and 1 payment more');
  step('Sync again: only what changed of customers and orders is read, payments are swapped in whole');
  const second = await sync(inside);
  if (second !== EXIT.ok) return second;

  const tell = teller(invocation);
  step('Verify: both sides compute checksums, row by row where they differ');
  const verified = await verify(inside);
  tell(verified.report);
  if (verified.exit !== EXIT.ok) return verified;

  step('Build: dbt models and their tests, inside warehouse.duckdb, on what was synced');
  const building = buildingIn(folder, inside);
  const built = await buildModels(building);
  if (built?.status !== 'ok') return EXIT.failed;
  const rows = await queryRows(building, RESULT);
  tell(`\n${RESULT}\n${textTable(rows.columns, rows.rows, ['customer_id', 'orders', 'ordered', 'paid'])}`);
  return outcome({
    folder,
    runs: runsOf(folder),
    verified,
    built,
    rows,
    seconds: (performance.now() - started) / 1000,
  });
}

function makeFolder({ args, terminal }: Invocation, example: string): string {
  const [given] = args;
  const folder =
    given === undefined ? mkdtempSync(join(tmpdir(), 'millrace-quickstart-')) : resolve(terminal.cwd, given);
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw millraceError('config.invalid', `${folder} is not empty`, { at: folder, fix: 'Name a new folder.' });
  }
  mkdirSync(join(folder, '.millrace'), { recursive: true });
  for (const name of [...PROJECT, 'data']) cpSync(join(example, name), join(folder, name), { recursive: true });
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

/** Whatever dbt's variables say of other projects. */
function buildingIn(folder: string, inside: Invocation): Invocation {
  const own = {
    projectDir: folder,
    profilesDir: folder,
    profile: 'quickstart',
    target: 'warehouse',
    targetPath: 'target',
  };
  return { ...inside, words: ['build', '--project-dir', folder], options: { ...inside.options, ...own } };
}

function sync(inside: Invocation): Promise<ExitCode> {
  return execute(inside, () => selectPipelines(inside, []), runPipeline);
}

function teller({ terminal, options }: Invocation): (text: string) => void {
  return (text) => {
    if (!options.quiet && !options.json) terminal.err.write(`${text}\n`);
  };
}

function stepper(invocation: Invocation): (line: string) => void {
  const tell = teller(invocation);
  let n = 0;
  return (line) => {
    n++;
    tell(`\n${paint(invocation.terminal, 'bold', `${n}. ${line}`)}`);
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

interface Done {
  readonly folder: string;
  readonly runs: readonly RunFinished[];
  readonly verified: Outcome;
  readonly built: ModelsFinished;
  readonly rows: Rows;
  readonly seconds: number;
}

function outcome({ folder, runs, verified, built, rows, seconds }: Done): Outcome {
  const total = formatCount(runs.reduce((sum, { counts }) => sum + counts.written, 0));
  const { success = 0, pass = 0 } = built.counts;
  const next = [
    `cd ${folder}`,
    'npx millrace preview orders files',
    "npx millrace build --select 'paid_orders+'",
    'npx millrace history list',
    "npx millrace init mysql://USER@HOST/DATABASE tidb://USER@HOST/DATABASE --tables 'orders'",
  ];
  return {
    exit: verified.exit,
    summary: [
      `\n${total} rows written in ${runs.length} runs, ${verified.summary}, ${plural(success, 'model')} built, ${plural(pass, 'test')} passed, ${formatDuration(seconds)} in all.`,
      'Next:',
      ...next.map((command) => `  ${command}`),
    ].join('\n'),
    result: { folder, seconds, runs, verify: verified.result, build: built, customer_totals: rows, next },
    report: '',
  };
}
