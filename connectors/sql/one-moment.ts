import { type Positions, streamText } from '../contract/index.ts';
import { committedMoment, ended, type FullRead } from './full-read.ts';

/**
 * Full reads that must all stand at one moment, as tables of TiDB do: those that begin beside a read that was cut join its moment. Where that is
 * gone, or a table can only be read at another one, all of them begin anew, those that were done as well; `told` says so.
 */
export async function atOneMoment(
  reads: readonly FullRead[],
  committed: Positions,
  told: (message: string) => void,
  signal: AbortSignal,
): Promise<readonly FullRead[]> {
  const going = reads.filter(({ round }) => round.action === 'resume');
  const first = going[0];
  if (first === undefined) return reads;
  const names = new Set(going.map((full) => committedMoment(full, committed)));
  const [name] = names;
  const newest = Math.max(...reads.map(({ round }) => round.generation));
  const same = names.size === 1 && going.every(({ round }) => round.generation === newest);
  if (same && name !== undefined) {
    const begins = reads.some(({ round }) => round.action === 'begin');
    if (!begins && going.every((full) => ended(full, committed))) return reads;
    const moment = await first.resume(name, signal);
    if (moment !== undefined)
      return reads.map((full) => (full.round.action === 'begin' ? { ...full, begin: async () => moment } : full));
  }
  if (reads.length > 1) {
    const which = going.map(({ request }) => streamText(request.stream)).join(', ');
    told(
      `the read of ${which} was cut and cannot go on at a moment that all tables share: all ${reads.length} tables are read anew at one`,
    );
  }
  return reads.map((full) => ({ ...full, round: { generation: newest + 1, action: 'begin' } }));
}
