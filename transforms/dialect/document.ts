import { adaptSql, rules } from './adapt.ts';
import { castTable } from './cast-type.ts';
import { type Difference, differences } from './difference.ts';
import type { Rule } from './pass.ts';
import { type Refusal, refusals } from './refusal.ts';
import { sessionSettings } from './session.ts';

const introduction = [
  '# Dialect',
  '',
  '`+dialect: standard | mysql` says how models are written, for a project, a folder, a package or a model.',
  '',
  '- `standard`, the default of a dbt project: what DuckDB understands. On DuckDB it is sent unchanged. For TiDB, MySQL and MariaDB it is',
  '  rewritten token by token, by the rules of this page, in a session with the settings of this page.',
  '- `mysql`: what these servers understand. It is sent unchanged, under their own `sql_mode`: double quotes hold texts, `||` is OR.',
  '',
  'The list is closed: text that no rule names is sent byte for byte, and nothing outside of the list is promised. Each example below runs on',
  'TiDB, MySQL, MariaDB and, unchanged, on DuckDB in the tests, and gives equal values and kinds of values.',
].join('\n');

const aboutSessions = [
  'What the rules assume, set in every session that runs models. A view goes by the settings of whoever reads it: `||`, quoted names and',
  'backslashes stay as they were, but long texts of `group_concat` are cut and divisions have fewer digits under the settings of another session.',
].join('\n');

const aboutCasts = [
  'A cast to boolean takes the texts true, t, yes, y, false, f, no and n, and else asks whether the value is not 0; its operand is written twice.',
  'A cast to numeric without digits keeps up to 35 digits before and 30 behind the point, where DuckDB keeps 15 and 3.',
  'One to numeric with digits is rounded before on TiDB, which else warns of it as it does of a value that is no number.',
].join('\n');

const afterDifferences = [
  'In a table or an incremental model a text that is no number or date, a division by 0 and a text too long for its cast fail the node.',
  'A view passes and gives NULL, 0 or the beginning of the text. NULLs are the smallest values, as the settings of its sessions make them on',
  'DuckDB too; PostgreSQL and Snowflake have them largest, which changes `row_number()`: say `nulls last`.',
  'Dates that are not in the calendar, such as zero dates that were copied, fail a table in either dialect.',
].join('\n');

const aboutMacros = [
  '`dbt.dateadd` and the other macros that projects call across databases give on all of them what DuckDB gives, in either dialect. On TiDB, MySQL',
  'and MariaDB:',
  '',
  '- Moments are DATETIME(6); `last_day` and `date` are dates. Parts are microsecond to century, weeks begin on Monday, and `datediff` counts the',
  '  borders between two moments, as dbt does (DuckDB itself counts whole weeks).',
  "- `hash` is MD5. MySQL from 9.6 on has it once `INSTALL COMPONENT 'file://component_classic_hashing'` was run, and fails before.",
  '- `safe_cast` is NULL for what is none of the type, and for moments with an offset.',
  '- `type_*` are the names of types in columns; the rules above make them those of casts.',
  '- `listagg` takes a text in quotes as its delimiter. `array_*` are refused. `any_value` is the largest.',
  '- `dbt_utils.deduplicate` keeps rows with NULLs, and takes a relation, not the name of a CTE.',
].join('\n');

/** The document of the dialect, made of the tables that the rules go by. */
export function dialectMarkdown(): string {
  return [
    introduction,
    '## Sessions',
    aboutSessions,
    settingsTable(),
    '## Rewritten',
    ...rules.map(ruleSection),
    '### Types of casts',
    'The servers know other names of types in `cast` than in columns; those of columns do too, as macros find them in the catalogue.',
    castsTable(),
    aboutCasts,
    '## Refused',
    'These stop a model with `model.dialect` before anything is sent, at line and column of the compiled file.',
    table(['Token', 'Why', 'Instead'], refusals.map(refusalRow)),
    'So are an interval with a fraction (seconds apart), one multiplied or divided, `nulls first` or `nulls last` behind the number of a column, and forms of the functions above that are not named there.',
    '## Macros',
    aboutMacros,
    '## What tokens do not show',
    'These run on all servers and give something else on TiDB, MySQL and MariaDB.',
    table(['What', 'Example', 'DuckDB', 'Here', 'To be safe'], differences.map(differenceRow)),
    afterDifferences,
  ].join('\n\n');
}

function settingsTable(): string {
  const servers = ['tidb', 'mysql', 'mariadb', 'duckdb'] as const;
  const rows = servers.flatMap((server) =>
    Object.entries(sessionSettings('standard', server)).map(([name, value]) => ({ name, value, server })),
  );
  const groups = Map.groupBy(rows, ({ name, value }) => `\`${name}\`|\`${value.replaceAll(',', ', ')}\``);
  return table(
    ['Variable', 'Value', 'On'],
    [...groups].map(([key, found]) => [...key.split('|'), found.map(({ server }) => server).join(', ')]),
  );
}

function ruleSection({ title, says, examples, apply }: Rule): string {
  const sent = (example: string) => adaptSql(example, { dialect: 'standard', server: 'tidb', name: 'example' });
  const blocks = examples.map((example) =>
    (apply === undefined ? [example] : [example, sent(example)]).join('\n-- becomes\n'),
  );
  return [`### ${title}`, says, `\`\`\`sql\n${blocks.join('\n\n')}\n\`\`\``].join('\n\n');
}

function castsTable(): string {
  const onMariadb = new Map(castTable('mariadb'));
  return table(
    ['Written', 'Sent'],
    castTable('tidb').map(([names, target]) => {
      const sent = 'to' in target ? `\`${target.to}\`` : 'an expression that is 1, 0 or NULL';
      const other = onMariadb.get(names);
      const refused = other !== undefined && 'refused' in other ? `; on MariaDB refused: ${other.refused}` : '';
      return [names, `${sent}${refused}`];
    }),
  );
}

function refusalRow({ keys, why, fix, servers }: Refusal): string[] {
  return [`\`${keys.join(' ')}\``, servers === undefined ? why : `${why} (${servers.join(', ')} alone)`, fix];
}

function differenceRow({ about, example, there, here, advice }: Difference): string[] {
  return [about, `\`${example}\``, there, here === '' ? '(empty)' : here, advice];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
