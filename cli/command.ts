import type { ExitCode } from './exit.ts';
import type { Terminal } from './terminal.ts';

/** Values of all options of all commands: each has one meaning wherever it stands. Absent: not given. */
export interface Options {
  readonly json?: true;
  readonly quiet?: true;
  readonly color?: boolean;
  readonly debug?: true;
  readonly yes?: true;
  /** The project file. */
  readonly project?: string;
  readonly tables?: readonly string[];
  readonly exclude?: readonly string[];
  readonly read?: string;
  readonly write?: string;
  readonly cursor?: string;
  readonly half?: string;
  /** Of two URLs: that of the relay between them. */
  readonly via?: string;
  readonly where?: string;
  readonly maxRejects?: number;
  readonly parallel?: number;
  readonly acceptDestructive?: readonly string[];
  readonly untilEqual?: true;
  readonly limit?: number;
  readonly live?: true;
  readonly exitCode?: true;
  readonly clean?: true;
  /** Of the verbs of models, by dbt's names. */
  readonly select?: readonly string[];
  readonly selector?: string;
  readonly indirectSelection?: string;
  readonly resourceType?: readonly string[];
  readonly excludeResourceType?: readonly string[];
  readonly vars?: string;
  readonly target?: string;
  readonly profile?: string;
  readonly profilesDir?: string;
  readonly projectDir?: string;
  readonly targetPath?: string;
  readonly threads?: number;
  readonly fullRefresh?: true;
  readonly failFast?: true;
  readonly warnError?: true;
  readonly storeFailures?: true;
  readonly empty?: true;
  readonly sample?: string;
  readonly eventTimeStart?: string;
  readonly eventTimeEnd?: string;
  readonly logFormat?: string;
  readonly args?: string;
  readonly output?: string;
  readonly outputKeys?: readonly string[];
  /** `--no-introspect`: false. */
  readonly introspect?: boolean;
  readonly state?: string;
  /** `--no-defer`: false. */
  readonly defer?: boolean;
  readonly favorState?: true;
  readonly deferState?: string;
  /** A query with its template, in place of a selection. */
  readonly inline?: string;
  /** Of `docs`: a file, or `dbt`. */
  readonly page?: string;
  readonly static?: true;
  readonly upgrade?: true;
  readonly addPackage?: string;
  readonly source?: string;
  readonly lock?: true;
  readonly emptyCatalog?: true;
  /** `--no-compile`: false. */
  readonly compile?: boolean;
  readonly host?: string;
  readonly port?: number;
  /** `--no-browser`: false. */
  readonly browser?: boolean;
}

export interface Invocation {
  /** The command line after `millrace`, for saying how to run it again. */
  readonly words: readonly string[];
  readonly args: readonly string[];
  readonly options: Options;
  readonly terminal: Terminal;
  /** The folder that holds package.json: bundled files are found from here. */
  readonly root: URL;
  readonly version: string;
}

/** What a command came to. `report` is what was asked for and goes to stdout; `summary` is one line for people. */
export interface Outcome {
  readonly exit: ExitCode;
  readonly summary: string;
  readonly result: unknown;
  readonly report: string;
}

/** A command that prints while it works (`sync`) does so itself and returns its exit code alone. */
export type CommandRun = (invocation: Invocation) => Promise<Outcome | ExitCode>;

export interface OptionSpec {
  /** In commander's form: `-n, --limit <rows>`. */
  readonly flags: string;
  readonly text: string;
  /** `list` takes commas apart; of `words` several may follow one another, commas and all. */
  readonly kind?: 'list' | 'count' | 'integer' | 'words';
  readonly choices?: readonly string[];
}

/** A command as data: the parser, the help, `docs/cli.md` and completion are made from it. */
export interface CommandSpec {
  /** One word, or two for a subcommand: `position show`. */
  readonly name: string;
  /** Other names of it. */
  readonly aliases?: readonly string[];
  readonly args?: string;
  readonly state?: string;
  readonly summary: string;
  readonly description?: string;
  readonly options?: readonly OptionSpec[];
  readonly examples?: readonly string[];
  /** dbt's exit codes: 2 for every error that ended the command, whosever it is. */
  readonly dbtExits?: true;
  /** What may stand as an argument, for completion. */
  readonly completes?: 'pipeline' | 'connection' | 'table' | 'run' | 'shell';
  load(): Promise<{ run: CommandRun }>;
}
