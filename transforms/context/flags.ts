import { PyObject, type Value } from '../jinja/value/object.ts';
import type { Invocation } from './context-facts.ts';
import { toTemplate } from './value.ts';

/** What `flags` shows where the command line says nothing. */
const DEFAULTS: Readonly<Record<string, Value>> = {
  full_refresh: false,
  store_failures: false,
  empty: false,
  fail_fast: false,
  debug: false,
  quiet: false,
  introspect: true,
  partial_parse: false,
  static_parser: true,
  version_check: true,
  warn_error: false,
  use_colors: true,
  write_json: true,
  cache_selected_only: false,
  favor_state: false,
  defer: false,
  indirect_selection: 'eager',
  log_format: 'default',
  printer_width: 80,
  send_anonymous_usage_stats: false,
  single_threaded: false,
  warn_error_options: null,
  select: null,
  exclude: null,
  vars: null,
  target: null,
  profile: null,
  threads: null,
  state: null,
  event_time_start: null,
  event_time_end: null,
};

/** dbt's `flags`: options of the command line by their names in capitals. */
class Flags extends PyObject {
  readonly typeName = 'Flags';
  readonly #invocation: Invocation;

  constructor(invocation: Invocation) {
    super();
    this.#invocation = invocation;
  }

  override attribute(name: string): Value | undefined {
    const key = name.toLowerCase();
    if (key === 'which') return this.#invocation.which;
    const given = this.#invocation.options.get(key);
    if (given !== undefined) return toTemplate(given);
    return Object.hasOwn(DEFAULTS, key) ? DEFAULTS[key] : undefined;
  }
}

export function flagsOf(invocation: Invocation): Value {
  return new Flags(invocation);
}
