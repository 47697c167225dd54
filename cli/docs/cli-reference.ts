import type { CommandSpec, OptionSpec } from '../command.ts';
import { commands, globalOptions } from '../commands.ts';

/** `docs/cli.md`, made from the command table that the parser is made from. */
export function cliReference(): string {
  return [
    '# Command line',
    '',
    'Human text goes to stderr, results and `--json` to stdout. Exit codes: 0 ok, 1 run failed, 2 configuration or usage,',
    '3 environment (network, rights, machine), 4 finished with findings, 130 and 143 stopped by a signal.',
    '',
    'A pipeline is named by its name in `millrace.yaml` or by two URLs: where to read from and where to write to. Without a name all pipelines of the project are meant.',
    '',
    '`--json` of `sync` and `reload` prints one event a line and ends with exactly one `finished`. Every other command prints one object: `command`, `ok`, `summary`, `result`, `error`.',
    '',
    ...commands.flatMap(commandSection),
    '## Options of every command',
    '',
    ...optionTable(globalOptions),
  ].join('\n');
}

function commandSection({ name, args, summary, description, options, examples }: CommandSpec): string[] {
  return [
    `## millrace ${name}`,
    '',
    `\`millrace ${name}${args === undefined ? '' : ` ${args}`} [options]\``,
    '',
    `${summary[0]!.toUpperCase()}${summary.slice(1)}.${description === undefined ? '' : ` ${description}`}`,
    '',
    ...(options === undefined || options.length === 0 ? [] : optionTable(options)),
    ...(examples === undefined ? [] : ['```sh', ...examples, '```', '']),
  ];
}

function optionTable(options: readonly OptionSpec[]): string[] {
  const rows = options.map(({ flags, text, choices }) => {
    const known = choices === undefined ? '' : ` One of ${choices.map((choice) => `\`${choice}\``).join(', ')}.`;
    return `| \`${flags}\` | ${text}${known === '' ? '' : `.${known}`} |`;
  });
  return ['| option | |', '| --- | --- |', ...rows, ''];
}
