import { millraceError } from '../../connectors/contract/index.ts';
import { indirectModes } from '../../transforms/graph/selection-spec.ts';
import { textOf } from '../../transforms/project/python-text.ts';
import type { Value, ValueMap } from '../../transforms/project/value.ts';
import type { Options } from '../command.ts';

/** What stands for options that the command line does not give. */
export interface Defaults {
  readonly options: Options;
  /** dbt's `skip_nodes_if_on_run_start_fails`. */
  readonly skipAfterFailedStart: boolean;
  /** What was parsed before and has not changed is not parsed again. */
  readonly partialParse: boolean;
  /** What is asked for and not served, for people. */
  readonly unserved: readonly string[];
}

/** Options that dbt takes from `flags:` of dbt_project.yml, by their names there; its variables are these in capitals behind `DBT_`. */
const SWITCHES = { fail_fast: 'failFast', warn_error: 'warnError' } as const;
/** Options that it takes from variables alone. */
const VARIABLES = {
  full_refresh: 'fullRefresh',
  store_failures: 'storeFailures',
  empty: 'empty',
  defer: 'defer',
  favor_state: 'favorState',
} as const;
/** The same of those that are texts. */
const TEXTS = {
  event_time_start: 'eventTimeStart',
  event_time_end: 'eventTimeEnd',
  sample: 'sample',
  state: 'state',
  defer_state: 'deferState',
} as const;
/** Variables of dbt that would change what is done, and do not here. */
const UNSERVED = ['EXCLUDE_RESOURCE_TYPES', 'LOG_FORMAT', 'QUIET', 'RESOURCE_TYPES', 'WARN_ERROR_OPTIONS', 'WRITE_JSON']; // biome-ignore format: a list

/** Flags whose one value is what is done anyway; undefined: they decide how fast dbt is, or how its lines look, and nothing else. */
const GIVEN: Readonly<Record<string, Value | undefined>> = {
  send_anonymous_usage_stats: false,
  require_generic_test_arguments_property: true,
  source_freshness_run_project_hooks: true,
  version_check: true,
  write_json: true,
  partial_parse: undefined,
  static_parser: undefined,
  use_experimental_parser: undefined,
  cache_selected_only: undefined,
  populate_cache: undefined,
  printer_width: undefined,
};

/**
 * Defaults of options: variables of the environment go before `flags:` of the project.
 * @throws MillraceError `project.invalid` for a value of another kind
 */
export function defaultsOf(flags: ValueMap, env: Readonly<Record<string, string | undefined>>): Defaults {
  const options: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(SWITCHES))
    if (variable(env, name) ?? flag(flags, name)) options[option] = true;
  for (const [name, option] of Object.entries(VARIABLES)) if (variable(env, name)) options[option] = true;
  for (const [name, option] of Object.entries(TEXTS)) {
    const text = env[`DBT_${name.toUpperCase()}`];
    if (text !== undefined && text !== '') options[option] = text;
  }
  const mode = env.DBT_INDIRECT_SELECTION || textFlag(flags, 'indirect_selection');
  if (mode !== undefined) options.indirectSelection = modeOf(mode);
  if (variable(env, 'introspect') === false) options.introspect = false;
  return {
    options,
    partialParse: variable(env, 'partial_parse') ?? flag(flags, 'partial_parse') ?? true,
    skipAfterFailedStart: flag(flags, 'skip_nodes_if_on_run_start_fails') ?? false,
    unserved: [...unservedFlags(flags), ...unservedVariables(env)],
  };
}

function unservedFlags(flags: ValueMap): string[] {
  const served = [...Object.keys(SWITCHES), 'indirect_selection', 'skip_nodes_if_on_run_start_fails'];
  const unserved = [...flags].filter(([key, value]) => {
    const name = textOf(key);
    if (served.includes(name)) return false;
    return !Object.hasOwn(GIVEN, name) || (GIVEN[name] !== undefined && GIVEN[name] !== value);
  });
  return unserved.map(([key, value]) => `\`${textOf(key)}: ${textOf(value)}\` of \`flags\``);
}

function unservedVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  return UNSERVED.map((name) => `DBT_${name}`).filter((name) => (env[name] ?? '') !== '');
}

function flag(flags: ValueMap, name: string): boolean | undefined {
  const value = flags.get(name);
  if (value === undefined || value === null || typeof value === 'boolean') return value ?? undefined;
  throw wrong(`\`${name}\` of \`flags\` is ${textOf(value)}`, 'Write true or false.');
}

function textFlag(flags: ValueMap, name: string): string | undefined {
  const value = flags.get(name);
  return value === undefined || value === null ? undefined : textOf(value);
}

const WORDS: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(['1', 'true', 't', 'yes', 'y', 'on'].map((word) => [word, true])),
  ...Object.fromEntries(['0', 'false', 'f', 'no', 'n', 'off'].map((word) => [word, false])),
};

function variable(env: Readonly<Record<string, string | undefined>>, name: string): boolean | undefined {
  const full = `DBT_${name.toUpperCase()}`;
  const text = env[full];
  if (text === undefined || text === '') return undefined;
  const value = WORDS[text.toLowerCase()];
  if (value !== undefined) return value;
  throw wrong(`the variable ${full} is neither true nor false`, 'Set it to `true` or `false`.');
}

function modeOf(text: string): string {
  const mode = text.toLowerCase();
  if (indirectModes.some((known) => known === mode)) return mode;
  throw wrong(`there is no indirect selection "${text}"`, `Use one of ${indirectModes.join(', ')}.`);
}

function wrong(message: string, fix: string): Error {
  return millraceError('project.invalid', message, { at: 'dbt_project.yml', fix });
}
