import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { CommandSpec, OptionSpec, Options } from './command.ts';
import { commands, families, globalOptions } from './commands.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { processTerminal } from './terminal.ts';

/** What to do with a parsed command line. */
export type Action = (spec: CommandSpec, args: readonly string[], options: Options) => Promise<void>;

const HELP_END = `
Exit codes: 0 ok, 1 run failed, 2 configuration or usage, 3 environment (network, rights, machine),
4 finished with findings, 130 and 143 stopped by a signal.`;

/** The commander program of the command table: parsing, help, the CLI reference and completion all come from it. */
export function buildProgram(version: string, action: Action): Command {
  const program = new Command('millrace')
    .description('Exact, resumable copies and changes between MySQL-compatible databases, DuckDB and files.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', HELP_END)
    .showSuggestionAfterError()
    .configureHelp({ subcommandTerm: term })
    .exitOverride();
  for (const spec of commands) addCommand(program, spec, action);
  return program;
}

/** A command in a list: its name and arguments; that it has options goes without saying. */
function term(command: Command): string {
  const args = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [command.name(), ...args].join(' ');
}

function addCommand(program: Command, spec: CommandSpec, action: Action): void {
  const [first, second] = spec.name.split(' ') as [string, string | undefined];
  const parent = second === undefined ? program : family(program, first);
  const command = parent.command(second ?? first).summary(spec.summary);
  command.description(
    spec.description === undefined ? sentence(spec.summary) : `${sentence(spec.summary)} ${spec.description}`,
  );
  command.helpOption('-h, --help', 'show this help').allowExcessArguments(false).exitOverride();
  if (spec.aliases !== undefined) command.aliases([...spec.aliases]);
  if (spec.args !== undefined) command.arguments(spec.args);
  for (const option of spec.options ?? []) command.addOption(toOption(option));
  for (const option of globalOptions) command.addOption(toOption(option));
  if (spec.examples !== undefined)
    command.addHelpText('after', `\nExamples:\n${spec.examples.map((e) => `  ${e}`).join('\n')}`);
  command.action(async () => await action(spec, command.args, command.opts<Options>()));
}

function family(program: Command, name: string): Command {
  const known = program.commands.find((command) => command.name() === name);
  if (known !== undefined) return known;
  const summary = families[name]!;
  return program
    .command(name)
    .summary(summary)
    .description(sentence(summary))
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .exitOverride();
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

function toOption({ flags, text, kind, choices }: OptionSpec): Option {
  const option = new Option(flags, text);
  if (choices !== undefined) option.choices([...choices]);
  if (kind === 'list')
    option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), ...words(value)]);
  if (kind === 'words') option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
  if (kind === 'count') option.argParser(count);
  if (kind === 'integer')
    option.argParser((value: string) => (value.startsWith('-') ? -count(value.slice(1)) : count(value)));
  return option;
}

function words(value: string): string[] {
  return value
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

function count(value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(value);
}

/** Parses and runs one command line; gives the exit code. Usage errors are told by the parser on stderr. */
export async function runProgram(argv: readonly string[], root: URL, version: string): Promise<ExitCode> {
  let exit: ExitCode = EXIT.ok;
  const program = buildProgram(version, async (spec, args, options) => {
    const { runCommand } = await import('./run.ts');
    exit = await runCommand(spec, {
      words: argv,
      args,
      options,
      terminal: processTerminal(options.color !== false),
      root,
      version,
    });
  });
  if (argv.length === 0) {
    program.outputHelp();
    return EXIT.ok;
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.ok;
    if (argv.includes('--json')) await printUsageError(argv, error);
    return EXIT.usage;
  }
  return exit;
}

/** Programs that read stdout get an error there too; people have read it on stderr. */
async function printUsageError(argv: readonly string[], error: CommanderError): Promise<void> {
  const [{ printJson }, { millraceError }] = await Promise.all([
    import('./run.ts'),
    import('../connectors/contract/index.ts'),
  ]);
  const message = error.message.replace(/^error: /, '').replace(/\n/g, ' ');
  const envelope = millraceError('config.invalid', message, { fix: 'See `millrace --help`.' }).envelope();
  printJson(process.stdout, { command: argv[0] ?? '', ok: false, summary: message, result: null, error: envelope });
}
