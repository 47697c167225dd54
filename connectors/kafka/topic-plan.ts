import {
  type Action,
  type Finding,
  type PipelineId,
  type StreamName,
  streamText,
  type Target,
  type TargetPlan,
} from '../contract/index.ts';
import type { KafkaClient, NewTopic, TopicInfo } from './client.ts';
import type { KafkaConfig } from './config.ts';
import { lanesOf } from './lane-state.ts';
import type { SchemaRegistry } from './registry.ts';
import { BEING_MADE, type StateRecord, type TopicRecord, topicKey } from './state-topic.ts';
import { type Subject, subjectsOf, wireStream } from './wire-schema.ts';

/** A plan with what it was made from. */
export interface TopicPlan extends TargetPlan {
  readonly generation: number | undefined;
  readonly wanted: NewTopic;
  /** Schemas that are to be registered. */
  readonly subjects: readonly Subject[];
  /** What the plan saw; equal texts mean an equal target. */
  readonly seen: string;
}

/** What a plan looks at. */
export interface TopicLook {
  readonly client: KafkaClient;
  readonly registry: SchemaRegistry;
  readonly config: Pick<KafkaConfig, 'topics'>;
  readonly pipeline: PipelineId;
}

/** The topic of a target's table by the template of the configuration. */
export function topicName({ topics }: Pick<KafkaConfig, 'topics'>, { namespace, name }: StreamName): string {
  return topics.name.replace(/\{(database|table)\}/g, (_, word: string) => (word === 'table' ? name : namespace));
}

/** What must be done before rows can be written to a target. Reads only. */
export async function planTopic(
  { client, registry, config, pipeline }: TopicLook,
  target: Target,
  generation: number | undefined,
  state: ReadonlyMap<string, StateRecord>,
): Promise<TopicPlan> {
  const name = topicName(config, target.table);
  const illegal = illegalName(target, name);
  const there = illegal.length === 0 ? await client.find(name) : undefined;
  const settings = there === undefined ? undefined : await client.settings(name);
  const record = state.get(topicKey(name)) as TopicRecord | undefined;
  const wanted = wantedTopic(name, target, config);
  const subjects = illegal.length === 0 ? await unregistered(registry, name, target) : [];
  const refused = [
    ...illegal,
    ...refuseMode(target),
    ...(isLost(there, record, pipeline) && hasProgress(target, state, pipeline, generation)
      ? [lostTopic(target, name)]
      : there === undefined
        ? []
        : refuseTopic(target, there, settings!, record, pipeline)),
    ...subjects.flatMap(({ objection }) => (objection === undefined ? [] : [refusal(target, objection, NEW_TOPIC)])),
  ];
  const seen = JSON.stringify([there?.id, record, subjects.map((subject) => subject.name)]);
  const actions = refused.length > 0 ? [] : actionsOf(target, there, wanted, subjects);
  return { target, generation, wanted, subjects, refused, actions, seen };
}

/** Compaction takes the marks of deletes away after this: a reader that pauses longer may miss them. A week, as Kafka keeps other records. */
const DELETES_KEPT_MS = 604_800_000;

function wantedTopic(name: string, target: Target, { topics }: Pick<KafkaConfig, 'topics'>): NewTopic {
  const { retention_hours: hours, partitions, replicas } = topics;
  const retention = hours === undefined ? -1 : Math.round(hours * 3_600_000);
  const settings: Record<string, string> =
    target.write === 'upsert'
      ? { 'cleanup.policy': 'compact', 'delete.retention.ms': String(DELETES_KEPT_MS) }
      : { 'cleanup.policy': 'delete', 'retention.ms': String(retention) };
  return { name, partitions: mustStayInOrder(target) ? 1 : partitions, replicas, settings };
}

/** Unique values that rows exchange must arrive in the order of their changes, whatever their keys: only one partition has an order. */
function mustStayInOrder({ source, write }: Target): boolean {
  return write === 'upsert' && (source.indexes ?? []).some(({ unique }) => unique);
}

interface Unregistered extends Subject {
  readonly objection: string | undefined;
}

async function unregistered(registry: SchemaRegistry, topic: string, target: Target): Promise<Unregistered[]> {
  const { key, value } = subjectsOf(topic, wireStream(target.source, target));
  const found: Unregistered[] = [];
  for (const subject of key === undefined ? [value] : [key, value]) {
    const newest = await registry.hasNewest(subject.name, subject.avro);
    if (newest === true) continue;
    const why = newest === undefined ? undefined : await registry.objection(subject.name, subject.avro);
    const objection = why === undefined ? undefined : `the registry refuses the schema of ${subject.name}: ${why}`;
    found.push({ ...subject, objection });
  }
  return found;
}

const NEW_TOPIC = 'Give the stream another topic (`target`).';

function refusal(target: Target, message: string, fix: string): Finding {
  return { severity: 'error', code: 'schema.refused', side: 'destination', message, fix, at: streamText(target.table) };
}

/** https://kafka.apache.org: letters, digits, dot, line and dash, 249 at most. */
export function isTopicName(name: string): boolean {
  return /^[A-Za-z0-9._-]{1,249}$/.test(name) && name !== '.' && name !== '..';
}

function illegalName(target: Target, name: string): Finding[] {
  if (isTopicName(name)) return [];
  return [refusal(target, `\`${name}\` cannot be the name of a topic`, NEW_TOPIC)];
}

function refuseMode({ source, write, ...target }: Target): Finding[] {
  if (write === 'append' || source.key !== undefined) return [];
  return [refusal({ source, write, ...target }, 'rows without a key can only be appended', 'Choose `write: append`.')];
}

/** What was written before is not there: the topic, or it is another one. */
function isLost(there: TopicInfo | undefined, record: TopicRecord | undefined, pipeline: PipelineId): boolean {
  return record?.pipeline === pipeline && record.id !== BEING_MADE && record.id !== there?.id;
}

/** Whether something of the stream was committed that this read goes on from. */
function hasProgress(
  { source }: Target,
  state: ReadonlyMap<string, StateRecord>,
  pipeline: PipelineId,
  generation: number | undefined,
): boolean {
  const stream = streamText(source.stream);
  const before = `full/${generation}/${stream}/`;
  const goesOn = (lane: string) => (generation === undefined ? !lane.startsWith('full/') : lane.startsWith(before));
  return (
    lanesOf(state, pipeline, (lane, { streams, position }) => {
      return position !== undefined && streams.includes(stream) && goesOn(lane);
    }).length > 0
  );
}

/** Invariant 9: a read goes on only in the topic that has what was before. */
function lostTopic(target: Target, name: string): Finding {
  const fix = 'Reset the stream with `millrace position reset`: it is copied anew.';
  return refusal(target, `topic ${name}, which had what was written before, is gone`, fix);
}

function refuseTopic(
  target: Target,
  { name, id, partitions }: TopicInfo,
  settings: ReadonlyMap<string, string>,
  record: TopicRecord | undefined,
  pipeline: PipelineId,
): Finding[] {
  const findings: Finding[] = [];
  const known = record?.id === id || record?.id === BEING_MADE;
  const own = known && (record.pipeline === pipeline || target.constant !== undefined);
  if (!own && !target.adopt) {
    const fix = 'Set `adopt: true` for the stream, or give it another topic (`target`).';
    findings.push(refusal(target, `topic ${name} is there already and was not made by this pipeline`, fix));
  }
  if (mustStayInOrder(target) && (own ? record.partitions : partitions) > 1) {
    const why = `topic ${name} has ${partitions} partitions, and a table with a second unique key needs one`;
    findings.push(refusal(target, why, NEW_TOPIC));
  }
  if (target.write === 'append' && settings.get('cleanup.policy')?.includes('compact')) {
    const fix = 'Set `cleanup.policy=delete` for the topic, or choose `write: upsert`.';
    findings.push(refusal(target, `topic ${name} is compacted: appended rows of equal keys would be lost`, fix));
  }
  return findings;
}

function actionsOf(
  target: Target,
  there: TopicInfo | undefined,
  wanted: NewTopic,
  subjects: readonly Subject[],
): Action[] {
  const { table } = target;
  const settings = Object.entries(wanted.settings).map(([name, value]) => `${name}=${value}`);
  const create = `create topic ${wanted.name}: ${wanted.partitions} partitions, ${settings.join(', ')}; readers must set isolation.level=read_committed`;
  return [
    ...(there === undefined ? [{ table, summary: create, effect: 'safe' as const }] : []),
    ...subjects.map(({ name }) => ({ table, summary: `register a schema as ${name}`, effect: 'safe' as const })),
  ];
}
