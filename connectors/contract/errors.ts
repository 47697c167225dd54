import { type CodeEntry, type ErrorCode, errorCodes } from './codes.ts';

export type Origin = 'config' | 'source' | 'destination' | 'model' | 'environment' | 'internal';

/**
 * What to do about an error. `never`: tell the user; `backoff`: the same again after a while; `reconnect`: with a new connection;
 * `wake`: the cluster is waking up, keep trying for the wake budget; `shrink`: with a smaller transaction; `restart`: the streams' read
 * cannot go on, and begins anew.
 */
export type Retry = 'never' | 'backoff' | 'reconnect' | 'wake' | 'shrink' | 'restart';

export interface ErrorDetails {
  readonly origin?: Origin;
  readonly retry?: Retry;
  /** Where: `millrace.yaml:12:5`, a table, a key, a lane. */
  readonly at?: string;
  /** How to mend it, an imperative sentence; replaces the registry's. */
  readonly fix?: string;
  readonly cause?: unknown;
}

/** An error as data: what `--json`, history and the terminal show. Holds no secret. */
export interface ErrorEnvelope {
  readonly code: string;
  readonly origin: Origin;
  readonly message: string;
  readonly at?: string;
  readonly fix?: string;
  readonly cause?: string;
  /** Where in millrace; of defects (`internal.unexpected`) alone. */
  readonly stack?: string;
}

/** The one error class of millrace. Made by `millraceError` only. */
export class MillraceError extends Error {
  readonly code: ErrorCode;
  readonly origin: Origin;
  readonly retry: Retry;
  readonly at: string | undefined;
  readonly fix: string;

  constructor(code: ErrorCode, message: string, entry: CodeEntry, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'MillraceError';
    this.code = code;
    this.origin = details.origin ?? entry.origin;
    this.retry = details.retry ?? entry.retry;
    this.at = details.at;
    this.fix = details.fix ?? entry.fix;
  }

  /** As data; the cause is reduced to its message. */
  envelope(): ErrorEnvelope {
    const cause = this.cause instanceof Error ? this.cause.message : undefined;
    const stack = this.cause instanceof Error ? this.cause.stack : this.stack;
    return {
      code: this.code,
      origin: this.origin,
      message: this.message,
      ...(this.at === undefined ? {} : { at: this.at }),
      fix: this.fix,
      ...(cause === undefined || this.message.includes(cause) ? {} : { cause }),
      ...(this.code !== 'internal.unexpected' || stack === undefined ? {} : { stack }),
    };
  }
}

/** Makes an error of a registered code. `message` says what failed, with names; what it means in general is the registry's text. */
export function millraceError(code: ErrorCode, message: string, details: ErrorDetails = {}): MillraceError {
  return new MillraceError(code, message, errorCodes[code], details);
}

/** Any thrown thing as a `MillraceError`; what is not one already is `internal.unexpected`. */
export function asMillraceError(thrown: unknown): MillraceError {
  if (thrown instanceof MillraceError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return millraceError('internal.unexpected', message, { cause: thrown });
}
