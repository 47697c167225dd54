import { type Moment, pageKey, type Reading, type SqlPool } from '../sql/index.ts';

/** `consistency: chunk`: each page is read at its own time, on any connection. A read can always go on. */
export function chunkReading(pool: SqlPool): Reading {
  const now: Moment = { name: 'now', view: (signal) => pool.lease('read', signal) };
  return {
    together: false,
    pageKey: async (schema) => pageKey(schema),
    begin: async () => now,
    resume: async () => now,
    recent: async () => now,
    findings: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
  };
}
