import type { Origin, Retry } from './errors.ts';

export interface CodeEntry {
  readonly origin: Origin;
  readonly retry: Retry;
  /** What it means: the text of the error reference. */
  readonly meaning: string;
  /** How to mend it. */
  readonly fix: string;
}

/** Every error that a user can meet. `docs/errors.md` is made from this table. Codes are never renamed or given another meaning. */
export const errorCodes = {
  'config.invalid': {
    origin: 'config',
    retry: 'never',
    meaning: 'The configuration does not have the form that is expected.',
    fix: 'Correct the named place; `millrace config schema` prints the full schema.',
  },
  'config.mode-illegal': {
    origin: 'config',
    retry: 'never',
    meaning: 'This read mode, write mode and destination do not go together.',
    fix: 'Choose one of the combinations that the message lists.',
  },
  'connect.denied': {
    origin: 'environment',
    retry: 'never',
    meaning: 'The server refused the user or the password.',
    fix: 'Check user and password; on TiDB Cloud the user name has a prefix.',
  },
  'connect.lost': {
    origin: 'environment',
    retry: 'reconnect',
    meaning: 'The connection was cut while in use.',
    fix: 'Nothing if the run goes on by itself; else look at the network and at the limits of the service on idle time and age of connections.',
  },
  'connect.unreachable': {
    origin: 'environment',
    retry: 'wake',
    meaning: 'No connection could be made within the wake budget.',
    fix: 'Check host, port and firewall; raise `wake_seconds` if the cluster needs longer to wake.',
  },
  'internal.unexpected': {
    origin: 'internal',
    retry: 'never',
    meaning: 'Something happened that millrace does not know: a defect of millrace.',
    fix: 'Run again with `--log debug` and report what it prints.',
  },
  'lane.fenced': {
    origin: 'destination',
    retry: 'never',
    meaning: 'Another process has opened the same lane: this one may no longer commit.',
    fix: 'Let one runner at a time work on a pipeline; the other goes on from the last commit, nothing is lost.',
  },
  'rejects.too-many': {
    origin: 'source',
    retry: 'never',
    meaning: 'More rows were rejected than the run may reject.',
    fix: 'Look at the rejected rows in `_millrace_rejects`; mend them at the source or raise `--max-rejects`.',
  },
  'schema.moved': {
    origin: 'destination',
    retry: 'backoff',
    meaning: 'The target table was changed by someone else between the look at it and the change.',
    fix: 'Run again.',
  },
  'source.history-lost': {
    origin: 'source',
    retry: 'never',
    meaning:
      'What the position points to no longer exists at the source (a purged log, a snapshot past garbage collection).',
    fix: 'Reset the stream with `millrace position reset` to read it again, or restore the history.',
  },
  'source.identity-changed': {
    origin: 'source',
    retry: 'never',
    meaning: 'Another server answers at the source address than the one the positions were taken from.',
    fix: 'If that is meant, reset with `millrace position reset`; else correct the address.',
  },
  'source.stream-missing': {
    origin: 'source',
    retry: 'never',
    meaning: 'A stream that was asked for does not exist at the source or may not be seen.',
    fix: 'Check the name and the SELECT privilege; `millrace discover` lists what can be seen.',
  },
} as const satisfies Record<string, CodeEntry>;

export type ErrorCode = keyof typeof errorCodes;
