import { dirname, join } from 'node:path';
import { millraceError, type PipelineId } from '../../connectors/contract/index.ts';
import type { Invocation, Options } from '../command.ts';
import { type Half, type RelayedPipeline, splitPipeline, wholePipeline } from './halves.ts';
import { projectPipelineId } from './identity.ts';
import { type PipelineSpec, withRunOptions } from './pipeline-spec.ts';
import { type Connection, findProjectFile, loadProject, type Project, requireVariables } from './project.ts';
import { suggestion } from './suggestion.ts';
import { isUrl, parseUrl, urlConnection, urlPipeline, urlRelayed } from './url.ts';

/** What a command line is about. */
export interface Selection {
  readonly pipelines: readonly PipelineSpec[];
  /** Where the local copy of runs and positions is kept. */
  readonly stateFile: string;
}

/** The project that the command line means; throws `config.invalid` where there is none. */
export function requireProject({ options, terminal }: Invocation): Project {
  const path = findProjectFile(terminal.cwd, options.project);
  if (path !== undefined) return enter(loadProject(path, terminal.cwd, terminal.env));
  throw millraceError('config.invalid', 'there is no millrace.yaml here or in a folder above', {
    fix: "Run `millrace init`, or name both sides: `millrace sync mysql://... tidb://... --tables 'shop.*'`.",
  });
}

/** Paths in a project file are meant from its folder. */
function enter(project: Project): Project {
  process.chdir(project.folder);
  return project;
}

/** How a command takes what is named on its command line. */
export interface Selecting {
  /** It can keep to the tables of `--tables`; else they only say what is meant by two URLs. */
  readonly narrow?: boolean;
  /** Of a pipeline with `via` it looks at both ends, not at its halves. */
  readonly whole?: true;
}

/**
 * The pipelines that arguments name: two URLs, names of the project's pipelines, or all of them. One with `via` is its two halves, the
 * source's first, or the one of `--half`.
 */
export function selectPipelines(
  invocation: Invocation,
  places: readonly string[],
  { narrow = true, whole }: Selecting = {},
): Selection {
  const { options } = invocation;
  const urls = places.filter(isUrl);
  if (urls.length > 0) {
    if (urls.length !== 2 || places.length !== 2) {
      throw millraceError('config.invalid', 'expected two URLs: where to read from and where to write to');
    }
    return selection(invocation, urlPipelines(urls[0]!, urls[1]!, invocation, whole));
  }
  requireNoUrlOptions(options, narrow);
  const project = requireProject(invocation);
  const names = places.length === 0 ? [...project.pipelines.keys()] : places;
  if (names.length === 0) throw millraceError('config.invalid', 'the project has no pipelines', { at: project.shown });
  const pipelines = names.flatMap((name) => projectPipelines(project, name, options, whole));
  return selection(invocation, pipelines);
}

function selection(invocation: Invocation, pipelines: readonly PipelineSpec[]): Selection {
  const file = stateFile(invocation);
  const rows = join(dirname(file), 'rows');
  return { pipelines: pipelines.map((spec) => ({ ...spec, rows })), stateFile: file };
}

/** The one pipeline that arguments name. */
export function selectPipeline(
  invocation: Invocation,
  places: readonly string[],
  selecting: Selecting = {},
): PipelineSpec & { stateFile: string } {
  const { pipelines, stateFile: file } = selectPipelines(invocation, places, selecting);
  if (pipelines.length === 1) return { ...pipelines[0]!, stateFile: file };
  const names = pipelines.map(({ name }) => name).join(', ');
  const fix = pipelines.every(({ half }) => half !== undefined)
    ? 'Name one, and its half by --half.'
    : 'Name one of them.';
  throw millraceError('config.invalid', `several pipelines: ${names}`, { fix });
}

/** The one pipeline that arguments name, as its halves where it has a relay. */
export function selectWithHalves(
  invocation: Invocation,
  places: readonly string[],
  selecting: Selecting = {},
): Selection {
  const selection = selectPipelines(invocation, places, selecting);
  const names = new Set(
    selection.pipelines.map(({ name, half }) => (half === undefined ? name : name.slice(0, -half.length - 1))),
  );
  if (names.size === 1) return selection;
  throw millraceError('config.invalid', `several pipelines: ${[...names].join(', ')}`, { fix: 'Name one of them.' });
}

function urlPipelines(from: string, to: string, { options, terminal }: Invocation, whole?: true): PipelineSpec[] {
  if (options.via !== undefined) {
    return relayedPipelines(urlRelayed([from, options.via, to], options, terminal.cwd), options, whole);
  }
  if (options.half !== undefined) throw noHalves('a pipeline of two URLs without --via');
  return [urlPipeline(from, to, options, terminal.cwd)];
}

/** What a command works on of a pipeline with a relay. */
function relayedPipelines(relayed: RelayedPipeline, { half }: Options, whole?: true): PipelineSpec[] {
  if (whole) return [wholePipeline(relayed)];
  return splitPipeline(relayed).filter((one) => half === undefined || half === one.half);
}

function noHalves(what: string) {
  return millraceError('config.invalid', `--half goes with \`via\`: ${what} has no halves`);
}

function requireNoUrlOptions(options: Options, narrow: boolean): void {
  const names = ['via', 'exclude', 'read', 'write', 'cursor', ...(narrow ? [] : ['tables' as const])] as const;
  const given = names.filter((name) => options[name] !== undefined);
  if (given.length === 0) return;
  const flags = given.map((name) => `--${name}`).join(', ');
  throw millraceError(
    'config.invalid',
    `${flags} goes with two URLs; a pipeline of the project says it in millrace.yaml`,
  );
}

/** The local state: beside the project file, or in the user's state folder where there is no project. */
export function stateFile({ options, terminal }: Pick<Invocation, 'options' | 'terminal'>): string {
  const project = findProjectFile(terminal.cwd, options.project);
  if (project !== undefined) return join(dirname(project), '.millrace', 'state.db');
  const { XDG_STATE_HOME, HOME } = terminal.env;
  return join(XDG_STATE_HOME || join(HOME ?? terminal.cwd, '.local', 'state'), 'millrace', 'state.db');
}

function projectPipelines(project: Project, name: string, options: Options, whole?: true): PipelineSpec[] {
  const entry = project.pipelines.get(name);
  if (entry === undefined) {
    const known = [...project.pipelines.keys()];
    throw millraceError(
      'config.invalid',
      `there is no pipeline "${name}"${suggestion(name, known)} Known: ${known.join(', ')}`,
      {
        at: project.shown,
      },
    );
  }
  const { from, via, to, id, ...config } = entry;
  requireVariables(project, [
    ['pipelines', name],
    ['connections', from],
    ['connections', to],
    ...(via === undefined ? [] : [['connections', via]]),
  ]);
  const sides = {
    name,
    config: withRunOptions(config, options),
    from: project.connections.get(from)!,
    to: project.connections.get(to)!,
  };
  const only = options.tables === undefined ? {} : { only: options.tables };
  if (via === undefined) {
    if (options.half !== undefined) throw noHalves(name);
    return [{ id: pipelineId(project, name), ...sides, ...only }];
  }
  if (id !== undefined) throw badId(project, name, 'does not go with `via`: its halves have identities of their own');
  // Names of pipelines hold no slash.
  const idOf = (half: Half) => projectPipelineId(project.name, `${name}/${half}`);
  const relayed = { ...sides, idOf, via: project.connections.get(via)! };
  return relayedPipelines(relayed, options, whole).map((spec) => ({ ...spec, ...only }));
}

/** The identity of a pipeline of the project. Throws `config.invalid` where another one has the same. */
export function pipelineId(project: Project, name: string): PipelineId {
  const idOf = (each: string) => project.pipelines.get(each)!.id ?? projectPipelineId(project.name, each);
  const id = idOf(name);
  const other = [...project.pipelines.keys()].find((each) => each !== name && idOf(each) === id);
  if (other !== undefined) throw badId(project, name, `is that of pipeline ${other} too`);
  return id;
}

function badId(project: Project, name: string, what: string) {
  return millraceError('config.invalid', `pipelines.${name}.id ${what}`, { at: project.shown, fix: 'Leave it out.' });
}

/** The connection that an argument names: a URL, a connection of the project, or a pipeline's source. */
export function selectConnection(invocation: Invocation, place: string | undefined): Connection {
  if (place !== undefined && isUrl(place)) return urlConnection(parseUrl(place), invocation.terminal.cwd);
  const project = requireProject(invocation);
  const name = place ?? onlySource(project);
  const source = project.pipelines.get(name)?.from ?? name;
  requireVariables(project, [['connections', source]]);
  const connection = project.connections.get(source);
  if (connection !== undefined) return connection;
  const known = [...project.connections.keys()];
  throw millraceError(
    'config.invalid',
    `there is no connection "${name}"${suggestion(name, known)} Known: ${known.join(', ')}`,
    {
      at: project.shown,
    },
  );
}

function onlySource(project: Project): string {
  const sources = [...new Set([...project.pipelines.values()].map(({ from }) => from))];
  if (sources.length === 1) return sources[0]!;
  throw millraceError('config.invalid', 'say which connection', {
    fix: `One of ${[...project.connections.keys()].join(', ')}.`,
  });
}
