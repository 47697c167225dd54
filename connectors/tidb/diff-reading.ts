import type { Reading, SqlPool } from '../sql/index.ts';
import { diffFindings } from './diff-check.ts';
import { diffGroups } from './diff-group.ts';
import { diffHistoryFindings } from './diff-history.ts';
import type { ScanMeter } from './scan-meter.ts';
import type { SnapshotReading } from './snapshot-reading.ts';

/** Tables at a TSO, and their changes between two. */
export function withDiff(reading: SnapshotReading, pool: SqlPool, meter: ScanMeter): Reading {
  const { together, oneMoment, pageKey, begin, enter, resume, recent } = reading;
  return {
    together,
    oneMoment,
    pageKey,
    begin,
    resume,
    recent,
    changes: async (read) => diffGroups({ pool, moments: { begin, resume: enter }, meter }, read),
    findings: async (schemas, request, signal, committed) => [
      ...(await reading.findings(schemas, request, signal)),
      ...diffFindings(schemas, request),
      ...(await diffHistoryFindings(pool, request, committed, signal)),
    ],
    [Symbol.asyncDispose]: () => reading[Symbol.asyncDispose](),
  };
}
