import { findErrorBy } from '@platformatic/kafka';
import type { Brokers } from './platformatic-brokers.ts';
import type { Operation, Right } from './rights.ts';

/** Bits of the operations that a broker says are allowed, by Kafka's AclOperation. */
const BIT: Record<Operation, number> = { Read: 3, Write: 4, Create: 5, Describe: 8, DescribeConfigs: 10 };
/** A broker that does not tell. */
const NOT_TOLD = -2_147_483_648;

const UNKNOWN_TOPIC = 3;
const DENIED = [
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
];
const TOPIC_DENIED = 29;
const ASKED_MS = 10_000;

/** Whether a broker said that the user lacks a right. */
export function isDenied(thrown: unknown): boolean {
  return DENIED.some((id) => findErrorBy(thrown as Error, 'apiId', id));
}

/**
 * Which rights the user lacks. Seen in what requests that change nothing are refused for: to list ACLs is itself a right, which few have. Of a topic
 * that is not there a broker tells no more than whether it may be made.
 */
export async function lackingRights(brokers: Brokers, needs: readonly Right[]): Promise<Right[]> {
  const lacking: Right[] = [];
  for (const need of needs) {
    const operations = await lackingOf(brokers, need);
    if (operations.length > 0) lacking.push({ ...need, operations });
  }
  return lacking;
}

async function lackingOf(brokers: Brokers, need: Right): Promise<readonly Operation[]> {
  const { resource, name, operations } = need;
  if (resource === 'topic') return await lackingOfTopic(brokers, need);
  const isAllowed = await (resource === 'group' ? mayJoin(brokers, name) : mayWrite(brokers, name));
  return isAllowed ? [] : operations;
}

async function lackingOfTopic(brokers: Brokers, { name, operations }: Right): Promise<readonly Operation[]> {
  const [found] = (await brokers.metadata([name], true)).topics;
  if (found?.errorCode === TOPIC_DENIED) return operations;
  if (found === undefined || found.errorCode === UNKNOWN_TOPIC) {
    return !operations.includes('Create') || (await mayCreate(brokers, name)) ? [] : operations;
  }
  const allowed = found.topicAuthorizedOperations;
  if (found.errorCode !== 0 || allowed === NOT_TOLD) return [];
  return operations.filter((operation) => operation !== 'Create' && (allowed & (1 << BIT[operation])) === 0);
}

/** As if the topic was made, which it is not. */
function mayCreate(brokers: Brokers, name: string): Promise<boolean> {
  const topic = { name, numPartitions: 1, replicationFactor: -1, assignments: [], configs: [] };
  return isAllowed(brokers.ask('CreateTopics', [topic], ASKED_MS, true));
}

/** A member that nobody knows says that it is there: refused for that, where it would not be for the group. */
function mayJoin(brokers: Brokers, group: string): Promise<boolean> {
  return isAllowed(brokers.ask('Heartbeat', group, 0, 'millrace.check', null));
}

/** The end of a transaction that nobody began, of a producer that is none. */
function mayWrite(brokers: Brokers, prefix: string): Promise<boolean> {
  return isAllowed(brokers.ask('EndTxn', `${prefix}.check`, -1n, -1, false));
}

/** Whatever else it is refused for. Throws where no broker answered. */
async function isAllowed(asking: Promise<unknown>): Promise<boolean> {
  try {
    await asking;
    return true;
  } catch (thrown) {
    if (isDenied(thrown)) return false;
    if (isAnswer(thrown)) return true;
    throw thrown;
  }
}

function isAnswer(thrown: unknown): boolean {
  return thrown instanceof Error && findErrorBy(thrown, 'code', 'PLT_KFK_RESPONSE') !== null;
}
