import { join, resolve } from 'node:path';
import { millraceError } from '../../connectors/contract/index.ts';
import { type PreviousRun, readPreviousRun } from '../../transforms/run/previous-run.ts';
import type { Invocation, Options } from '../command.ts';
import type { ExitCode } from '../exit.ts';
import { execute, type ModelVerb, runVerb } from '../models/execution.ts';
import { projectFolder } from '../models/opening.ts';
import { verbs } from '../models/verbs.ts';

/** `millrace retry`: what the last run left unfinished, by its verb and options; options of this command line win. */
export function run(invocation: Invocation): Promise<ExitCode> {
  return execute(invocation, 'retry', (own, show, stopping) => {
    const previous = lastRun(own);
    const verb = verbOf(previous);
    const again = { ...own, options: { ...optionsOf(previous), ...own.options } };
    const { batches, startedAt } = previous;
    return runVerb(again, verb, show, stopping, { only: new Set(previous.unfinished), batches, startedAt });
  });
}

/** @throws MillraceError `project.artifact` */
function lastRun({ options, terminal }: Invocation): PreviousRun {
  const root = projectFolder(options.projectDir ?? terminal.env.DBT_PROJECT_DIR, terminal.cwd);
  const folder = options.state ?? options.targetPath ?? terminal.env.DBT_TARGET_PATH ?? 'target';
  const path = join(resolve(root, folder), 'run_results.json');
  const previous = readPreviousRun(path);
  if (previous !== undefined) return previous;
  throw millraceError('project.artifact', `no run has left ${path}`, { at: path });
}

function verbOf({ command }: PreviousRun): ModelVerb {
  const verb = Object.values(verbs).find(({ which }) => which === command);
  if (verb !== undefined) return verb;
  throw millraceError('project.artifact', `the last run was \`${command}\`, which is not run again`, {
    fix: `Run ${Object.keys(verbs).join(', ')} first.`,
  });
}

/** What decides how nodes are built. Where the project is, this command line says. */
function optionsOf({ args }: PreviousRun): Options {
  const text = (name: string) => (typeof args[name] === 'string' ? args[name] : undefined);
  const given = {
    vars: text('vars') ?? varsOf(args.vars),
    target: text('target'),
    profile: text('profile'),
    threads: typeof args.threads === 'number' ? args.threads : undefined,
    fullRefresh: args.full_refresh === true ? true : undefined,
    failFast: args.fail_fast === true ? true : undefined,
    warnError: args.warn_error === true ? true : undefined,
    storeFailures: args.store_failures === true ? true : undefined,
    empty: args.empty === true ? true : undefined,
    sample: text('sample'),
    eventTimeStart: text('event_time_start'),
    eventTimeEnd: text('event_time_end'),
    defer: args.defer === true ? true : undefined,
    favorState: args.favor_state === true ? true : undefined,
    deferState: text('defer_state') ?? text('state'),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** dbt's own file has them as a map, which as JSON is YAML too. */
function varsOf(vars: unknown): string | undefined {
  return typeof vars === 'object' && vars !== null && Object.keys(vars).length > 0 ? JSON.stringify(vars) : undefined;
}
