import type { Layout, Message, Reject } from './batch.ts';
import type { Comparer, Difference } from './compare.ts';
import type { Finding } from './finding.ts';
import type { KeptRowsOf } from './kept.ts';
import type { LaneId, Position, Positions } from './position.ts';
import type { StreamName, StreamSchema } from './schema.ts';

export type ReadMode = 'full' | 'incremental' | 'cdc';

/** What to do with a column's values before they leave the source. `hash`: hex SHA-256 of salt and text; `mask`: the text replaced by `***`, lengths hidden. */
export type Protection = { readonly kind: 'hash'; readonly salt: string } | { readonly kind: 'mask' };

/** What is wanted of one stream. */
export interface StreamRequest {
  readonly stream: StreamName;
  readonly mode: ReadMode;
  /**
   * The destination also takes rows of full reads as lines of LOAD DATA: what its own encoder makes of Avro in layout `text`. Rows that stand in
   * the wire's text are then written once and seldom looked at again. A source that cannot do this need not.
   */
  readonly lines?: true;
  /** Names of the columns to take; absent: all. The key's columns are always taken. */
  readonly columns?: readonly string[];
  readonly exclude?: readonly string[];
  /** A condition in the source's own SQL. */
  readonly where?: string;
  /** For `incremental`. */
  readonly cursor?: string;
  /** For `incremental`: how far behind the cursor to read again, in seconds for temporal cursors, else in units of the cursor. */
  readonly overlap?: number;
  /** For `incremental`: rows of the overlap that were sent before are not sent again (the destination appends). */
  readonly once?: boolean;
  readonly protect?: Readonly<Record<string, Protection>>;
  /** Columns of unknown type that are taken as text or bytes by explicit wish. */
  readonly takeAs?: Readonly<Record<string, 'text' | 'bytes'>>;
}

export interface Pace {
  readonly rows?: number;
  readonly bytes?: number;
}

export interface ReadRequest {
  readonly streams: readonly StreamRequest[];
  readonly layout: Layout;
  /** Rows larger than this are rejected, in bytes. */
  readonly maxRowBytes: number;
  /** Rows that the run may reject; none without it. What cannot even be told apart as rows stops it then at once. */
  readonly maxRejects?: number;
  /** How many lanes may run side by side: a hint for cutting ranges. */
  readonly parallel: number;
  /**
   * What a throttled run moves in a few seconds, of all lanes together. No connection to the source should be held while more than this waits
   * to be moved: services cut those on which nothing happens.
   */
  readonly pace?: Pace;
  /**
   * A lane of changes does not end where the source ended when the run began: it waits for more until its signal, with an `idle` checkpoint
   * whenever it has caught up. Sources that cannot wait say so in `check` and throw `config.invalid`.
   */
  readonly follow?: true;
  /** Changes come with their before-images, where the source has them. */
  readonly before?: true;
  /**
   * Compares what the destination holds of a stream with what `ours` sees of it: for sources that find changes by comparing. Absent: the
   * destination holds no rows that could be compared.
   */
  readonly standing?: (stream: StreamName, ours: Comparer, signal: AbortSignal) => Promise<StandingRows>;
  /** Hashes of the destination's rows, kept beside the project for streams whose rows `standing` cannot compare. */
  readonly kept?: KeptRowsOf;
}

/** The keys in which a destination's rows differ, or why not every difference would be seen. Order as of `Comparer.rows`: none to count on. */
export type StandingRows = { readonly refused: string } | { readonly differences: AsyncIterable<Difference> };

/** A database or broker behind the same address must be the same one: a server, cluster or file id. */
export type Identity = string;

export interface Source extends AsyncDisposable {
  /** The database that names without one are of, as the server spells it once `discover` has looked. Absent: they are looked for in all. */
  readonly home?: string | undefined;
  /** How streams can be read, the usual way first; absent: `full` and `incremental`. */
  readonly modes?: readonly ReadMode[];
  /** All streams that are read by `cdc` share one log and one position in it: none of them can be left out of a run. */
  readonly oneLog?: true;
  /** Request units that a MiB of rows costs to read, where the service bills so. */
  readonly requestUnitsPerMiB?: number;
  /** Request units used so far for rows that were read inside the database and not given out, by estimate. */
  scannedRequestUnits?(): number;
  /** Seconds during which at least one connection was open, so far. */
  awakeSeconds?(): number;
  /** Who this is; connects. Kept with the state; a different one later is `source.identity-changed`. */
  identity(signal: AbortSignal): Promise<Identity>;
  /** A moment as the database counts it, behind all that was committed before; its changefeeds begin at one. Absent: it has none. */
  now?(signal: AbortSignal): Promise<string>;
  /** Every problem, not the first. Never throws for what is wrong at the source. With `committed`, also how long what is behind it will be there. */
  check(request: ReadRequest, signal: AbortSignal, committed?: Positions): Promise<Finding[]>;
  /** All streams that match one of the patterns (`matchesStream` with `home`), with their full schemas. Never `_millrace_*`. */
  discover(patterns: readonly string[], signal: AbortSignal): Promise<StreamSchema[]>;
  /** The schema of each asked stream as it will flow (columns chosen, protected, taken as), same order. Throws `source.stream-missing`, and what else keeps a stream of them from flowing. */
  schemas(request: ReadRequest, signal: AbortSignal): Promise<StreamSchema[]>;
  /** How to read them from what is committed. Groups are independent of each other. */
  groups(request: ReadRequest, committed: Positions, signal: AbortSignal): Promise<Group[]>;
  /**
   * What changes from now on, to be looked at: positions are of no use, nothing is copied. It is followed until the signal, whatever the request
   * says. Absent: changes are not told as they come.
   */
  changes?(request: ReadRequest, signal: AbortSignal): AsyncIterable<Message>;
  /** The position is durable at the destination: the source may let go of what is before it. */
  acknowledge?(lane: LaneId, position: Position): Promise<void>;
  /**
   * Rejects that came in batches of a lane are among what its next commit holds: told before it, so that the source can keep what was rejected
   * elsewhere, too. The same are told again where that commit fails.
   */
  rejected?(lane: LaneId, rejects: readonly Reject[]): Promise<void>;
  /** The least GRANT statements that reading these needs, found without connecting. `pattern` as configured, e.g. `shop.*`. */
  grants?(streams: readonly { readonly pattern: string; readonly mode: ReadMode }[]): readonly string[];
  /** Sources that hold tables can be compared. */
  comparer?(): Comparer;
}

/** Streams that are read together, in stages; a group that fails does not stop the others. */
export interface Group {
  readonly streams: readonly StreamName[];
  /** A stage starts when every lane of the one before has ended and was finished. Asked for the next only then. */
  stages(signal: AbortSignal): AsyncIterable<Stage>;
}

export interface Stage {
  readonly lanes: readonly Lane[];
  /** Lanes that turn up while the stage runs, e.g. partitions as they are assigned. The stage lasts until these end too. */
  readonly arriving?: AsyncIterable<Lane>;
  /** The streams whose rows these lanes carry, with the schema that flows; empty for a stage that only fixes positions. */
  readonly streams: readonly StageStream[];
}

export interface StageStream {
  readonly schema: StreamSchema;
  /** Set when this stage is a full read of the stream: its number. When the stage ends the destination holds all of it. */
  readonly generation?: number;
  /** The source as this full read sees it, where changes are told from exactly there. Absent: as it is now. */
  readonly comparer?: Comparer;
}

/** An ordered part of the flow that commits by itself. */
export interface Lane {
  readonly id: LaneId;
  /** Another process may take the lane over at any time: this one then ends as lost, and the run goes on. */
  readonly shared?: true;
  /** Somebody else is to carry it from now on: one that has not been opened yet never is, for opening it would take the fence from who has it. */
  readonly revoked?: AbortSignal;
  /** Bytes of changes that may be read ahead of the writer; absent: a few messages are. While some are applied the next are taken in. */
  readonly aheadBytes?: number;
  /** Told when nothing more is done about the lane in this run: it was committed to where it ended, or lost, or failed. */
  over?(): void;
  /**
   * The schema of a stream may change on the way: a `SchemaChange` right after a checkpoint, then batches of the new schema.
   * Ends after a checkpoint with `ended`, when there is nothing more for this run, or after `signal`.
   */
  read(after: Position | undefined, signal: AbortSignal): AsyncIterable<Message>;
}
