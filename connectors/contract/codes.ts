import type { Origin, Retry } from './errors.ts';
import { modelCodes } from './model-codes.ts';

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
  ...modelCodes,
  'avro.foreign-schema': {
    origin: 'source',
    retry: 'never',
    meaning: 'An Avro schema was not made by millrace, so it does not say the full types of its columns.',
    fix: 'Read it with a connector that knows its writer.',
  },
  'cdc.cascade': {
    origin: 'source',
    retry: 'never',
    meaning:
      'A foreign key changes rows of a captured table by itself when their parent changes, and the server does not write such changes into its log.',
    fix: 'Read the table by `full`, or let the application delete and update the rows of the table instead of the foreign key.',
  },
  'cdc.kept-rows': {
    origin: 'environment',
    retry: 'never',
    meaning:
      'The file of row hashes that changes of a table are found by cannot be read or written. Nothing was lost at the target.',
    fix: 'Make room on the disk; a damaged file is to be deleted: it is made again while the history of the last run is kept, and later the stream has to be copied anew (`millrace position reset`).',
  },
  'cdc.log-settings': {
    origin: 'source',
    retry: 'never',
    meaning: 'The binary log of the server is off, or does not hold all that is needed to read changes from it.',
    fix: 'Set the variable that the message names on the server.',
  },
  'cdc.not-compared': {
    origin: 'source',
    retry: 'never',
    meaning:
      'Changes of a table cannot be found by comparing: the moment of the last run tells too little, and the rows of the target cannot be compared.',
    fix: 'Forget the stream with `millrace position reset` and run again: it is copied anew, and changes follow from there.',
  },
  'cdc.not-followed': {
    origin: 'source',
    retry: 'never',
    meaning:
      'A statement changed a captured table in a way that the log does not tell row by row: its columns were dropped, renamed or declared anew, or a partition was.',
    fix: 'Forget the stream with `millrace position reset` and run again: it is copied anew, and changes follow from there.',
  },
  'cdc.replaced': {
    origin: 'source',
    retry: 'restart',
    meaning:
      'A captured table was dropped and made again, or another one was renamed to its name, as tools that alter tables online do. It is copied anew, and changes follow from there.',
    fix: 'Nothing; if it goes on, hold such changes until the copy is done.',
  },
  'cdc.undecodable': {
    origin: 'source',
    retry: 'never',
    meaning: 'The log holds changes in a form that is not read.',
    fix: 'Set the variable that the message names on the server, then forget the stream with `millrace position reset` and run again.',
  },
  'compare.no-hash': {
    origin: 'environment',
    retry: 'never',
    meaning: 'The two databases have no hash function in common, so their tables cannot be compared by checksums.',
    fix: 'Use a server that has SHA2() or MD5().',
  },
  'compare.row-too-large': {
    origin: 'environment',
    retry: 'never',
    meaning: 'A row is larger than the server lets an expression be, so it has no checksum.',
    fix: 'Raise `max_allowed_packet` on that server above twice the largest row, or leave the large column out.',
  },
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
  'config.secret': {
    origin: 'config',
    retry: 'never',
    meaning: 'A password that is given by reference could not be read.',
    fix: 'Check the named environment variable, file or command.',
  },
  'config.target-clash': {
    origin: 'config',
    retry: 'never',
    meaning: 'Two streams would be written to the same table, or to names that differ only by case.',
    fix: 'Give one of them another `target`, or a `shard` column where they are parts of one table.',
  },
  'config.target-missing': {
    origin: 'config',
    retry: 'never',
    meaning: 'No database is named for the target table.',
    fix: "Name it in the destination's URL or as `target.database`.",
  },
  'connect.busy': {
    origin: 'environment',
    retry: 'backoff',
    meaning: 'The server has no connection left for this user.',
    fix: 'Lower `max_connections` or raise the limit of the server.',
  },
  'connect.denied': {
    origin: 'environment',
    retry: 'never',
    meaning: 'The server refused the user or the password.',
    fix: 'Check user and password; on TiDB Cloud the user name has a prefix.',
  },
  'connect.file-asked': {
    origin: 'environment',
    retry: 'never',
    meaning: 'The server asked for a local file that was not offered. Nothing was sent.',
    fix: 'Do not trust this server or what stands between; check host and TLS.',
  },
  'connect.lost': {
    origin: 'environment',
    retry: 'reconnect',
    meaning: 'The connection was cut while in use.',
    fix: 'Nothing if the run goes on by itself; else look at the network and at the limits of the service on idle time and age of connections.',
  },
  'connect.protocol': {
    origin: 'environment',
    retry: 'never',
    meaning: "What listens at the port does not speak MySQL's protocol.",
    fix: 'Check host and port: MySQL and MariaDB have 3306 as a rule, TiDB 4000.',
  },
  'connect.quota': {
    origin: 'environment',
    retry: 'never',
    meaning: 'The usage quota of the cluster is exhausted; the service restricts access.',
    fix: 'Raise the spending limit of the cluster or wait for the next period.',
  },
  'connect.tls': {
    origin: 'environment',
    retry: 'never',
    meaning: 'No trusted encrypted connection could be made.',
    fix: 'Give the CA with `ca`, use the host name that the certificate is for, or set `tls` for this connection.',
  },
  'connect.unreachable': {
    origin: 'environment',
    retry: 'wake',
    meaning: 'No connection could be made within the wake budget, or nobody is there to be woken.',
    fix: 'Check host, port and firewall, and that the server runs; raise `wake_seconds` if the cluster needs longer to wake.',
  },
  'database.busy': {
    origin: 'environment',
    retry: 'backoff',
    meaning: 'The database is busy, restarting or moving data.',
    fix: 'Nothing if the run goes on by itself; else look at the load of the database.',
  },
  'database.conflict': {
    origin: 'environment',
    retry: 'backoff',
    meaning: 'The transaction met another one or a change of schema and was rolled back.',
    fix: 'Nothing if the run goes on by itself; else keep other writers away from the tables.',
  },
  'database.denied': {
    origin: 'environment',
    retry: 'never',
    meaning: 'The user lacks a privilege.',
    fix: 'Grant it; `millrace grants` prints what is needed.',
  },
  'database.missing': {
    origin: 'environment',
    retry: 'never',
    meaning: 'A database, table or column that is needed does not exist.',
    fix: 'Check the name; make the database or run `millrace plan`.',
  },
  'database.read-only': {
    origin: 'environment',
    retry: 'reconnect',
    meaning: 'The server takes no writes: a replica, or in the middle of a failover.',
    fix: 'Connect to the writer endpoint.',
  },
  'database.refused': {
    origin: 'environment',
    retry: 'never',
    meaning: 'The database refused a statement.',
    fix: 'Read what the database says in the message.',
  },
  'file.full': {
    origin: 'environment',
    retry: 'never',
    meaning: 'A database file or its temporary directory could not grow. What was committed before is whole.',
    fix: 'Make room on the disk and run again.',
  },
  'file.locked': {
    origin: 'environment',
    retry: 'never',
    meaning:
      'Another process, or another part of this one, has the database file open: DuckDB lets one process at a time have it.',
    fix: 'End the process that the message names, or wait for it, and run again.',
  },
  'file.malformed': {
    origin: 'source',
    retry: 'never',
    meaning: 'A file is not of the format that it is read as, or a row of it is broken.',
    fix: 'Mend the file at the place that the message names, or correct the options of the connection.',
  },
  'file.memory': {
    origin: 'environment',
    retry: 'never',
    meaning: 'DuckDB needs more memory than it may use.',
    fix: 'Raise `memory` of the connection.',
  },
  'file.missing': {
    origin: 'environment',
    retry: 'never',
    meaning: 'A file does not exist or may not be read.',
    fix: 'Check the path and who may read it.',
  },
  'cursor.changed': {
    origin: 'config',
    retry: 'never',
    meaning: 'The position was taken by another cursor column.',
    fix: 'Name the former cursor again, or forget the position with `millrace position reset` and read from the start.',
  },
  'cursor.overlap-too-large': {
    origin: 'config',
    retry: 'never',
    meaning: 'More rows lie in the overlap of the cursor than can be remembered, so that none is appended twice.',
    fix: 'Set a smaller `overlap`, or choose write `upsert`, which needs no memory of rows.',
  },
  'internal.unexpected': {
    origin: 'internal',
    retry: 'never',
    meaning: 'Something happened that millrace does not know: a defect of millrace.',
    fix: 'Run again with `--debug` and report what it prints.',
  },
  'kafka.corrupted': {
    origin: 'source',
    retry: 'never',
    meaning: 'A row is not the one that was committed: TiDB or its checksum says so.',
    fix: 'Look at the row at the source, and run `millrace verify`; raise `--max-rejects` to keep the message in `_millrace_rejects` and go on.',
  },
  'kafka.denied': {
    origin: 'environment',
    retry: 'never',
    meaning: 'The user of the Kafka cluster lacks a right (an ACL).',
    fix: 'Grant it: `millrace check` prints for each right that is lacking the command of `kafka-acls.sh`.',
  },
  'kafka.malformed': {
    origin: 'source',
    retry: 'never',
    meaning: 'A message is not what its topic is to hold.',
    fix: 'Look at the message at the offset that is named; raise `--max-rejects` to keep it in `_millrace_rejects` (with `dead_letters` of the connection, in a topic as well) and go on.',
  },
  'kafka.refused': {
    origin: 'environment',
    retry: 'backoff',
    meaning: 'The Kafka cluster did not do what it was asked for.',
    fix: 'Read what the broker says in the message; check the ACLs of the user.',
  },
  'kafka.registry': {
    origin: 'environment',
    retry: 'backoff',
    meaning: 'The schema registry did not answer, or does not have a schema.',
    fix: 'Check `registry`, its user and password, and that the topic was written with it.',
  },
  'kafka.schemas-differ': {
    origin: 'source',
    retry: 'never',
    meaning: 'Two schemas of a topic give a column types of which neither holds all values of the other.',
    fix: 'Give the column one name a type, or leave it out with `exclude_columns`.',
  },
  'lane.fenced': {
    origin: 'destination',
    retry: 'never',
    meaning: 'Another process has opened the same lane: this one may no longer commit.',
    fix: 'Let one runner at a time work on a pipeline; the other goes on from the last commit, nothing is lost.',
  },
  'load.too-large': {
    origin: 'destination',
    retry: 'shrink',
    meaning: 'A transaction or packet is larger than the database takes.',
    fix: 'Nothing if the run goes on by itself with smaller transactions; else raise the limit of the server.',
  },
  'reconcile.mismatch': {
    origin: 'internal',
    retry: 'never',
    meaning:
      'Rows were read that were neither written, superseded, applied before nor rejected. Nothing of that transaction was kept.',
    fix: 'Report it with the log of the run; run again to go on from the last commit.',
  },
  'rejects.too-many': {
    origin: 'source',
    retry: 'never',
    meaning: 'More rows were rejected than the run may reject.',
    fix: 'Mend the row at the source; or raise `--max-rejects`, and bad rows go to `_millrace_rejects` while the others go on.',
  },
  'row.duplicate': {
    origin: 'destination',
    retry: 'never',
    meaning: 'A row has the same unique key as another row of the target.',
    fix: 'Write by `upsert`, or look for what else writes into the target.',
  },
  'row.refused': {
    origin: 'destination',
    retry: 'never',
    meaning: 'The target does not take a row as it is.',
    fix: 'Look at the message kept with the row; mend the row at the source or the column at the target.',
  },
  'row.too-large': {
    origin: 'destination',
    retry: 'never',
    meaning: 'A row is larger than the reader or the target takes.',
    fix: 'Raise `max_row_bytes` or the limit of the server, or leave out the column.',
  },
  'schema.changed': {
    origin: 'source',
    retry: 'restart',
    meaning: 'The schema of a stream changed while it was read. The read begins again with the new one.',
    fix: 'Nothing; if it goes on, hold schema changes until the copy is done.',
  },
  'schema.destructive': {
    origin: 'destination',
    retry: 'never',
    meaning: 'The target can only be brought into the wanted shape by a step that loses data or rewrites it.',
    fix: 'See the step with `millrace plan` and agree to it with `millrace sync --accept-destructive TABLE`; or choose `write: overwrite`, or give the stream another target.',
  },
  'schema.moved': {
    origin: 'destination',
    retry: 'backoff',
    meaning: 'The target table was changed by someone else between the look at it and the change.',
    fix: 'Run again.',
  },
  'schema.refused': {
    origin: 'destination',
    retry: 'never',
    meaning: 'The target cannot take the rows in this write mode.',
    fix: 'Choose what the message names.',
  },
  'source.cut': {
    origin: 'source',
    retry: 'restart',
    meaning:
      'A read that cannot go on where it was (a table without a key, one consistent transaction) was cut. It begins again.',
    fix: 'Nothing if it goes on by itself; a primary key, or `consistency: chunk`, makes the read resumable.',
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
  'source.inconsistent-read': {
    origin: 'source',
    retry: 'backoff',
    meaning:
      'The source gave two answers about one moment of a table. Nothing of either is used. (The storage that TiDB has built in for tests can leave out rows while they are changed).',
    fix: 'Nothing if it goes on by itself; where it comes again, report it to the maker of the database, and run `millrace verify`.',
  },
  'source.stream-missing': {
    origin: 'source',
    retry: 'never',
    meaning: 'A stream that was asked for does not exist at the source or may not be seen.',
    fix: 'Check the name and the SELECT privilege; `millrace discover` lists what can be seen.',
  },
  'sync.not-equal': {
    origin: 'destination',
    retry: 'never',
    meaning: 'With `--until-equal`: a run moved nothing more, and source and destination still differ.',
    fix: 'See the rows with `millrace verify`; what others wrote into the target is put right by `millrace reload`.',
  },
  'target.unwritable': {
    origin: 'destination',
    retry: 'never',
    meaning: 'Rows cannot be written into this table by this write mode without harm to other rows.',
    fix: 'Read the reason in the message; use another table or write mode.',
  },
  'throttle.request-units': {
    origin: 'config',
    retry: 'never',
    meaning: 'The run has used the request units that `throttle.max_ru` allows, by estimate. What was committed stays.',
    fix: 'Run again to go on from there, or raise `throttle.max_ru`.',
  },
  'transaction.too-large': {
    origin: 'source',
    retry: 'never',
    meaning:
      'A transaction of the source is larger than one commit of the target should be, and the pipeline says `large_transactions: stop`. Nothing of it was committed.',
    fix: 'Choose `large_transactions: split` (in parts) or `whole` (in one commit, as far as the target takes it), for this run or for good.',
  },
  'type.unsupported': {
    origin: 'source',
    retry: 'never',
    meaning: 'A column has a type that millrace does not know.',
    fix: 'Leave the column out with `exclude_columns`, or take it as text or bytes with `take_as`.',
  },
  'value.inexact': {
    origin: 'source',
    retry: 'never',
    meaning:
      'A value has no exact text, so the row was not sent: e.g. characters that Unicode does not have, or an invalid ENUM value.',
    fix: 'Mend the value at the source, or leave the column out.',
  },
  'value.malformed': {
    origin: 'source',
    retry: 'never',
    meaning: 'A value does not have the form that its type has, e.g. text that is not UTF-8.',
    fix: 'Mend the value at the source, or leave the column out.',
  },
} as const satisfies Record<string, CodeEntry>;

export type ErrorCode = keyof typeof errorCodes;
