import { type Finding, historyFinding, type Positions, type ReadRequest, streamText } from '../contract/index.ts';
import { query, type SqlPool } from '../sql/index.ts';
import { diffPosition } from './diff-position.ts';
import { goDuration, type Tso, tsoMillis } from './tso.ts';

/**
 * Until when the last comparison can be gone on from by history. Later the target's rows are compared, or their hashes on this machine, at no
 * harm; where there are neither, the tables have to be copied anew.
 */
export async function diffHistoryFindings(
  pool: SqlPool,
  { streams, standing, kept }: ReadRequest,
  committed: Positions | undefined,
  signal: AbortSignal,
): Promise<Finding[]> {
  const oldest = committed === undefined ? undefined : oldestTso(committed, streams);
  if (oldest === undefined) return [];
  await using lease = await pool.lease('read', signal);
  const [row] = await query(lease.session, 'SELECT @@tidb_gc_life_time');
  const finding = historyFinding({
    what: 'the history of rows',
    keptMs: goDuration(String(row?.[0])),
    committedAt: new Date(tsoMillis(oldest)),
    fix: 'Run the pipeline more often, or raise tidb_gc_life_time.',
    at: 'tidb_gc_life_time',
  });
  if (finding.severity === 'ok') return [finding];
  const hashed = streams.some(({ stream, mode }) => mode === 'cdc' && kept?.(stream) !== undefined);
  if (standing === undefined && !hashed) return [finding];
  const { fix: _, ...said } = finding;
  return [
    {
      ...said,
      severity: 'ok',
      message: `${finding.message}. The next run compares with ${hashed ? 'the hashes of rows that are kept on this machine' : 'the rows of the target'}`,
    },
  ];
}

function oldestTso(committed: Positions, streams: ReadRequest['streams']): Tso | undefined {
  const all = streams.flatMap(({ stream, mode }) => {
    const position = mode === 'cdc' ? diffPosition(committed, streamText(stream)) : undefined;
    return position === undefined ? [] : [BigInt(position.tso)];
  });
  return all.reduce<Tso | undefined>((least, tso) => (least === undefined || tso < least ? tso : least), undefined);
}
