import { type Finding, historyFinding, MillraceError, type Positions } from '../contract/index.ts';
import type { KafkaClient } from './client.ts';
import { nextOffset, partitionLaneId, requireReadable } from './partition-read.ts';

/** Whether a topic still goes on from where the pipeline is, and until when it will: records go by their age, and the marks of deletes do by compaction. */
export async function topicHistory(
  client: KafkaClient,
  name: string,
  committed: Positions | undefined,
): Promise<Finding[]> {
  const [topic, cluster, ranges, settings] = await Promise.all([
    client.topic(name),
    client.cluster(),
    client.offsets(name),
    client.settings(name),
  ]);
  const lost: Finding[] = [];
  /** When each partition that has more to read was committed. */
  const waiting: number[] = [];
  for (const [partition, range] of ranges.entries()) {
    const id = partitionLaneId(name, partition);
    const lane = committed?.lanes.get(id);
    if (lane === undefined) continue;
    try {
      requireReadable({ cluster, topic }, id, lane.position, range);
      if (nextOffset(lane.position) < range.end) waiting.push(Date.parse(lane.committedAt));
    } catch (thrown) {
      if (!(thrown instanceof MillraceError)) throw thrown;
      const { code, message, fix, at } = thrown;
      lost.push({ severity: 'error', code, side: 'source', message, fix, ...(at === undefined ? {} : { at }) });
    }
  }
  if (lost.length > 0) return lost;
  const { setting, keptMs } = retention(settings);
  const what = setting === 'delete.retention.ms' ? `a delete in compacted topic ${name}` : `topic ${name}`;
  const committedAt = waiting.length === 0 ? undefined : new Date(Math.min(...waiting));
  const fix = `Run the pipeline more often, or raise ${setting} of the topic.`;
  return [historyFinding({ what, keptMs, committedAt, fix, at: name })];
}

/** What is taken away first, by the cluster's defaults where the topic has none of its own. */
function retention(settings: ReadonlyMap<string, string>): { setting: string; keptMs: number } {
  const policy = settings.get('cleanup.policy') ?? 'delete';
  const millis = (setting: string, usual: number) => {
    const ms = Number(settings.get(setting) ?? usual);
    return { setting, keptMs: ms < 0 ? Number.POSITIVE_INFINITY : ms };
  };
  const kept = [
    ...(policy.includes('delete') ? [millis('retention.ms', 604_800_000)] : []),
    ...(policy.includes('compact') ? [millis('delete.retention.ms', 86_400_000)] : []),
  ];
  return kept.reduce((least, one) => (one.keptMs < least.keptMs ? one : least));
}
