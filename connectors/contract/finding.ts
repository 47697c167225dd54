/** One result of a check. `ok` findings are shown too: what was looked at and found good. */
export interface Finding {
  readonly severity: 'ok' | 'warning' | 'error';
  /** An error code of the registry, or a short name of the check that passed. */
  readonly code: string;
  /** Whose side. */
  readonly side: 'config' | 'source' | 'destination' | 'pair';
  readonly message: string;
  /** An imperative sentence. */
  readonly fix?: string;
  /** Where: a stream, a column, a setting. */
  readonly at?: string;
}
