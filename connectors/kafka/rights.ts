import type { Finding } from '../contract/index.ts';
import { clusterAt, type KafkaConfig } from './config.ts';
import { REJECTS_TOPIC, STATE_TOPIC } from './state-topic.ts';

/** As `kafka-acls.sh` names them. */
export type Operation = 'Read' | 'Write' | 'Create' | 'Describe' | 'DescribeConfigs';

/** What a user must be allowed. */
export interface Right {
  readonly resource: 'topic' | 'group' | 'transactional-id';
  /** Of transactional ids what they begin with. */
  readonly name: string;
  readonly operations: readonly Operation[];
}

/** To read is also to find what a topic held before, and which records a full read did not bring. `Create` only matters where there is no such topic. */
const WRITTEN = ['Read', 'Write', 'Create', 'DescribeConfigs'] as const;

function topic(name: string, operations: readonly Operation[]): Right {
  return { resource: 'topic', name, operations };
}

/** To write transactions, whatever the ids of an owner are. */
export function transactions(owner: string): Right {
  return { resource: 'transactional-id', name: `millrace.${owner}`, operations: ['Write', 'Describe'] };
}

/** To write topics of a pipeline. `IdempotentWrite` on the cluster is not among them: brokers ask it of producers without a transactional id. */
export function writingRights(pipeline: string, topics: readonly string[]): Right[] {
  return [
    transactions(pipeline),
    topic(STATE_TOPIC, ['Read', 'Write', 'Create']),
    topic(REJECTS_TOPIC, ['Write', 'Create']),
    ...topics.map((name) => topic(name, WRITTEN)),
  ];
}

/** To find the topics that a pipeline has written. */
export const STATE_READ = topic(STATE_TOPIC, ['Read']);

/** To read a topic, alone or with other processes of the group. */
export function readingRights(name: string, group: string | undefined): Right[] {
  const own = topic(name, ['Read', 'DescribeConfigs']);
  return group === undefined ? [own] : [own, { resource: 'group', name: group, operations: ['Read'] }];
}

/** Each right that is lacking is a line with the command that grants it. */
export function lackingFindings(config: KafkaConfig, side: Finding['side'], lacking: readonly Right[]): Finding[] {
  const user = config.sasl?.user ?? 'ANONYMOUS';
  return lacking.map((right) => {
    const { resource, name, operations } = right;
    const what = resource === 'transactional-id' ? `transactional ids that begin with ${name}` : `${resource} ${name}`;
    const message = `${user} lacks ${operations.join(', ')} on ${what}`;
    return { severity: 'error', code: 'kafka.denied', side, message, fix: grantCommand(config, user, right), at: name };
  });
}

function grantCommand(config: KafkaConfig, user: string, { resource, name, operations }: Right): string {
  const prefixed = resource === 'transactional-id' ? ' --resource-pattern-type prefixed' : '';
  const allowed = operations.map((operation) => ` --operation ${operation}`).join('');
  const principal = quoted(`User:${user}`);
  return `kafka-acls.sh --bootstrap-server ${clusterAt(config)} --add --allow-principal ${principal}${allowed} --${resource} ${name}${prefixed}`;
}

/** For a shell. */
function quoted(text: string): string {
  return /^[\w.@:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
