import { millraceError } from '../connectors/contract/index.ts';
import type { LocalState, RunRecord } from '../connectors/state/index.ts';

/** The status of a remembered run; one that never ended and whose process is gone was killed. */
export function runStatus({ status, pid }: RunRecord): RunRecord['status'] | 'killed' {
  return status === 'running' && !isAlive(pid) ? 'killed' : status;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The run that an argument names by the beginning of its name; the last run without one. Throws `config.invalid`. */
export function requireRun(state: LocalState, prefix: string | undefined): RunRecord {
  const found = prefix === undefined ? state.runs(1) : state.findRuns(prefix);
  if (found.length === 1) return found[0]!;
  const exact = found.find(({ run }) => run === prefix);
  if (exact !== undefined) return exact;
  const fix = '`millrace history list` shows the runs.';
  if (found.length === 0)
    throw millraceError('config.invalid', prefix === undefined ? 'no runs yet' : `there is no run ${prefix}`, { fix });
  throw millraceError('config.invalid', `${found.length} runs begin with ${prefix}`, { fix });
}
