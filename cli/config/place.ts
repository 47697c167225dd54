import { dirname, join } from 'node:path';
import { millraceError } from '../../connectors/contract/index.ts';
import type { Invocation, Options } from '../command.ts';
import { projectPipelineId } from './identity.ts';
import { type PipelineSpec, withRunOptions } from './pipeline-spec.ts';
import { type Connection, findProjectFile, loadProject, type Project, requireVariables } from './project.ts';
import { suggestion } from './suggestion.ts';
import { isUrl, parseUrl, urlConnection, urlPipeline } from './url.ts';

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

/**
 * The pipelines that arguments name: two URLs, names of the project's pipelines, or all of them. `narrow`: the command can keep to the
 * tables of `--tables`; else they only say what is meant by two URLs.
 */
export function selectPipelines(invocation: Invocation, places: readonly string[], narrow = true): Selection {
  const { options, terminal } = invocation;
  const urls = places.filter(isUrl);
  if (urls.length > 0) {
    if (urls.length !== 2 || places.length !== 2) {
      throw millraceError('config.invalid', 'expected two URLs: where to read from and where to write to');
    }
    return { pipelines: [urlPipeline(urls[0]!, urls[1]!, options, terminal.cwd)], stateFile: stateFile(invocation) };
  }
  requireNoUrlOptions(options, narrow);
  const project = requireProject(invocation);
  const names = places.length === 0 ? [...project.pipelines.keys()] : places;
  if (names.length === 0) throw millraceError('config.invalid', 'the project has no pipelines', { at: project.shown });
  return { pipelines: names.map((name) => projectPipeline(project, name, options)), stateFile: stateFile(invocation) };
}

/** The one pipeline that arguments name. */
export function selectPipeline(
  invocation: Invocation,
  places: readonly string[],
  narrow = true,
): PipelineSpec & { stateFile: string } {
  const { pipelines, stateFile: file } = selectPipelines(invocation, places, narrow);
  if (pipelines.length === 1) return { ...pipelines[0]!, stateFile: file };
  const names = pipelines.map(({ name }) => name).join(', ');
  throw millraceError('config.invalid', `several pipelines: ${names}`, { fix: 'Name one of them.' });
}

function requireNoUrlOptions(options: Options, narrow: boolean): void {
  const names = ['exclude', 'read', 'write', 'cursor', ...(narrow ? [] : ['tables' as const])] as const;
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

function projectPipeline(project: Project, name: string, options: Options): PipelineSpec {
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
  const { from, to, ...config } = entry;
  requireVariables(project, [
    ['pipelines', name],
    ['connections', from],
    ['connections', to],
  ]);
  return {
    id: projectPipelineId(project.name, name),
    name,
    config: withRunOptions(config, options),
    from: project.connections.get(from)!,
    to: project.connections.get(to)!,
    ...(options.tables === undefined ? {} : { only: options.tables }),
  };
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
