import { LocalState } from '../connectors/state/index.ts';
import type { CommandSpec, OptionSpec } from './command.ts';
import { commands, globalOptions } from './commands.ts';
import { stateFile } from './config/place.ts';
import { findProjectFile, loadProject, type Project } from './config/project.ts';
import { processTerminal, type Terminal } from './terminal.ts';

/** How many past runs are offered, and searched for names of tables. */
const RUNS = 50;

/** Prints what may stand for the last word, one a line. Says nothing where it does not know: a shell is waiting. */
export function printCandidates(words: readonly string[]): void {
  const terminal = processTerminal(false);
  const word = words.at(-1) ?? '';
  const found = candidates(words.slice(0, -1), word, terminal).filter((candidate) => candidate.startsWith(word));
  if (found.length > 0) terminal.out.write(`${found.join('\n')}\n`);
}

function candidates(before: readonly string[], word: string, terminal: Terminal): string[] {
  const plain = before.filter((each) => !each.startsWith('-'));
  const spec = commands.find(({ name }) => name === plain[0] || name === plain.slice(0, 2).join(' '));
  if (spec === undefined) return nextNames(plain);
  const options = [...(spec.options ?? []), ...globalOptions];
  const asked = options.find((option) => flagsOf(option).includes(before.at(-1) ?? '') && option.flags.includes('<'));
  if (asked !== undefined)
    return asked.choices !== undefined ? [...asked.choices] : asked.flags.includes('--tables') ? tables(terminal) : [];
  if (word.startsWith('-')) return options.flatMap(flagsOf).filter((flag) => flag.startsWith('--'));
  return names(spec, plain.length - spec.name.split(' ').length, terminal);
}

function nextNames(plain: readonly string[]): string[] {
  const paths = commands
    .map(({ name }) => name.split(' '))
    .filter((path) => plain.every((word, i) => path[i] === word));
  return [...new Set(paths.map((path) => path[plain.length]).filter((name) => name !== undefined))];
}

function flagsOf({ flags }: OptionSpec): string[] {
  return flags.split(/[ ,]+/).filter((flag) => flag.startsWith('-'));
}

function names({ completes }: CommandSpec, index: number, terminal: Terminal): string[] {
  if (completes === 'shell') return ['bash', 'fish', 'zsh'];
  if (completes === 'run') return withState(terminal, (state) => state.runs(RUNS).map(({ run }) => run));
  if (completes === 'table' && index === 0) return tables(terminal);
  const project = quietProject(terminal);
  if (project === undefined || completes === undefined) return [];
  const pipelines = [...project.pipelines.keys()];
  return completes === 'connection' ? [...project.connections.keys(), ...pipelines] : pipelines;
}

/** Tables that past runs moved: known without asking a database. */
function tables(terminal: Terminal): string[] {
  return withState(terminal, (state) => {
    const streams = state.runs(RUNS).flatMap(({ outcome }) => outcome?.streams ?? []);
    return [...new Set(streams.map(({ stream }) => stream))].sort();
  });
}

function withState(terminal: Terminal, read: (state: LocalState) => string[]): string[] {
  using state = new LocalState(stateFile({ options: {}, terminal }), () => {});
  return read(state);
}

function quietProject({ cwd, env }: Terminal): Project | undefined {
  try {
    const path = findProjectFile(cwd, undefined);
    return path === undefined ? undefined : loadProject(path, cwd, env);
  } catch {
    return undefined;
  }
}
