import type { Value } from '../../transforms/project/value.ts';
import type { Invocation } from '../command.ts';

/** The command line by dbt's names: what `flags`, `invocation_args_dict` and `run_results.json` show. No secret is among it. */
export function invocationArgs({ options, words, args }: Invocation, which: string): ReadonlyMap<string, Value> {
  const list = (values: readonly string[] | undefined) => (values === undefined ? undefined : [...values]);
  const given: Readonly<Record<string, Value | undefined>> = {
    which,
    invocation_command: `millrace ${words.join(' ')}`,
    select: list(options.select),
    exclude: list(options.exclude),
    selector: options.selector,
    vars: options.vars,
    target: options.target,
    profile: options.profile,
    profiles_dir: options.profilesDir,
    project_dir: options.projectDir,
    target_path: options.targetPath,
    threads: options.threads,
    full_refresh: options.fullRefresh ?? false,
    fail_fast: options.failFast ?? false,
    warn_error: options.warnError ?? false,
    store_failures: options.storeFailures ?? false,
    empty: options.empty ?? false,
    sample: options.sample,
    event_time_start: options.eventTimeStart,
    event_time_end: options.eventTimeEnd,
    indirect_selection: options.indirectSelection ?? 'eager',
    resource_types: list(options.resourceType),
    exclude_resource_types: list(options.excludeResourceType),
    state: options.state,
    defer: options.defer ?? false,
    favor_state: options.favorState ?? false,
    defer_state: options.deferState,
    macro: which === 'run-operation' ? args[0] : undefined,
    args: options.args,
    quiet: options.quiet ?? false,
    log_format: options.logFormat ?? 'default',
  };
  return new Map(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}
