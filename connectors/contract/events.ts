import type { ErrorEnvelope } from './errors.ts';
import type { Counts } from './position.ts';

export type StreamStatus = 'waiting' | 'reading' | 'finishing' | 'done' | 'parked' | 'stopped';

/** What a stream came to at the end of a run. */
export interface StreamResult {
  readonly stream: string;
  readonly table: string;
  readonly status: StreamStatus;
  readonly counts: Counts;
  readonly bytes: number;
  readonly seconds: number;
  readonly error?: ErrorEnvelope;
}

/** Everything that happens in a run, in order. The terminal, `--json` and history all read these and nothing else. */
export type RunEvent =
  | {
      readonly event: 'started';
      readonly at: string;
      readonly run: string;
      readonly pipeline: string;
      readonly streams: readonly { stream: string; table: string; rows?: number }[];
    }
  | {
      readonly event: 'stream';
      readonly at: string;
      readonly stream: string;
      readonly status: StreamStatus;
      readonly error?: ErrorEnvelope;
    }
  | {
      readonly event: 'progress';
      readonly at: string;
      readonly stream: string;
      readonly rows: number;
      readonly bytes: number;
      readonly waits?: string;
      /** What is followed had nothing more. */
      readonly caughtUp?: true;
    }
  | {
      readonly event: 'committed';
      readonly at: string;
      readonly lane: string;
      readonly streams: readonly string[];
      readonly counts: Counts;
      readonly bytes: number;
      readonly position: string;
      /** When the newest of the changes was committed at the source, ISO 8601. */
      readonly changedAt?: string;
      /** Changes that the source still holds, where it can tell. */
      readonly behind?: number;
    }
  | {
      readonly event: 'rejected';
      readonly at: string;
      readonly stream: string;
      readonly code: string;
      readonly message: string;
    }
  | {
      readonly event: 'retry';
      readonly at: string;
      readonly lane: string;
      readonly error: ErrorEnvelope;
      readonly attempt: number;
      readonly delayMs: number;
    }
  | {
      readonly event: 'notice';
      readonly at: string;
      readonly code: string;
      readonly message: string;
      readonly fix?: string;
    }
  | {
      readonly event: 'action';
      readonly at: string;
      readonly table: string;
      readonly summary: string;
      readonly sql?: string;
    }
  | RunFinished;

/** The one terminal event. */
export interface RunFinished {
  readonly event: 'finished';
  readonly at: string;
  readonly run: string;
  readonly pipeline: string;
  readonly status: 'ok' | 'failed' | 'stopped';
  /** It was to go on until it was stopped. */
  readonly followed?: true;
  readonly seconds: number;
  /** Seconds during which at least one connection to the side was open. */
  readonly awakeSeconds: { readonly source: number; readonly destination: number };
  readonly counts: Counts;
  readonly bytes: number;
  readonly streams: readonly StreamResult[];
  readonly error?: ErrorEnvelope;
}

export type EventSink = (event: RunEvent) => void;
