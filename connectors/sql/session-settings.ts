import { quoteText } from './quote.ts';

/** What a session is for: reading, loading, or the statements of models. */
export type Role = 'read' | 'write' | 'model';

type Settings = Readonly<Record<string, string | number>>;

/** Seconds a server waits for a client that is held back by the other side before it cuts the connection (defaults: 30 and 60). */
const PATIENCE_SECONDS = 1200;

/** Seconds after which TiDB ends a writer that says nothing inside a transaction: nobody is killed there (`openFence`). */
const IDLE_WRITE_SECONDS = 30;

/**
 * Settings without which values change on the way: every session has exactly these. With this `sql_mode` id 0, 2024-02-31 and
 * zero dates survive, and what does not fit is an error or a warning that a load looks at.
 */
const pinned: Settings = {
  sql_mode: 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES',
  time_zone: '+00:00',
  character_set_client: 'utf8mb4',
  character_set_results: 'utf8mb4',
  collation_connection: 'utf8mb4_bin',
  autocommit: 1,
  // A limit set for everybody would cut a result short without a word.
  sql_select_limit: '18446744073709551615',
  net_read_timeout: PATIENCE_SECONDS,
  net_write_timeout: PATIENCE_SECONDS,
};

const pinnedFor: Readonly<Record<Role, Settings>> = {
  read: {},
  write: {
    foreign_key_checks: 0,
    unique_checks: 1,
    sql_safe_updates: 0,
    // DDL waits for open transactions up to a year by default.
    lock_wait_timeout: 10,
  },
  model: {
    foreign_key_checks: 1,
    unique_checks: 1,
    sql_safe_updates: 0,
    // Whoever comes after a statement that waits for a lock on a table waits too.
    lock_wait_timeout: 5,
  },
};

/**
 * Settings that not every server has or lets one set. A frozen writer must not hold its row locks for hours (the default of
 * `wait_timeout` is eight); a reader must not be stopped by a limit on statements.
 */
const wanted: Readonly<Record<Role, Settings>> = {
  read: {
    max_execution_time: 0,
    max_statement_time: 0,
    // The second is MariaDB's name of it.
    transaction_isolation: 'REPEATABLE-READ',
    tx_isolation: 'REPEATABLE-READ',
  },
  write: {
    max_execution_time: 0,
    max_statement_time: 0,
    wait_timeout: PATIENCE_SECONDS,
    tidb_idle_transaction_timeout: IDLE_WRITE_SECONDS,
    tidb_constraint_check_in_place_pessimistic: 1,
    // A row that is there already is refused by its statement, not by COMMIT.
    tidb_constraint_check_in_place: 1,
    // Played again after a conflict, a transaction would pass its fence.
    tidb_disable_txn_auto_retry: 1,
    // Rows come with their ids also where the target's own are random.
    allow_auto_random_explicit_insert: 1,
  },
  model: {
    max_execution_time: 0,
    max_statement_time: 0,
    wait_timeout: PATIENCE_SECONDS,
    tidb_idle_transaction_timeout: PATIENCE_SECONDS,
    tidb_constraint_check_in_place_pessimistic: 1,
    // INSERT ... SELECT would else lock the rows that it reads, on MySQL and MariaDB.
    transaction_isolation: 'READ-COMMITTED',
    tx_isolation: 'READ-COMMITTED',
    // Limits that cut a result with no more than a warning.
    // The largest power of two that MariaDB takes.
    group_concat_max_len: '1073741824',
    // A division adds four digits by default.
    div_precision_increment: 12,
    max_recursive_iterations: '4294967295',
    cte_max_recursion_depth: '4294967295',
    max_error_count: 1024,
    sql_require_primary_key: 0,
  },
};

function assignment([name, value]: [string, string | number]): string {
  return `${name} = ${typeof value === 'number' || /^\d+$/.test(value) ? value : quoteText(value)}`;
}

/** Assignments for SET: the first ones must pass, each of the others may be refused. */
export function settingsOf(role: Role): { readonly pinned: readonly string[]; readonly wanted: readonly string[] } {
  return {
    pinned: Object.entries({ ...pinned, ...pinnedFor[role] }).map(assignment),
    wanted: Object.entries(wanted[role]).map(assignment),
  };
}
