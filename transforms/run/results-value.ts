import { dictOf } from '../context/index.ts';
import type { Value } from '../jinja/index.ts';
import { Dict } from '../jinja/value/dict.ts';
import { PyFloat } from '../jinja/value/number.ts';
import type { LoadedProject } from '../project/load.ts';
import type { NodeResult } from './result.ts';
import { timeText } from './run-results.ts';
import { runnableNode } from './runnable.ts';

/** `results` of `on-run-end`: what each node came to, with the node itself. */
export function resultsValue(results: readonly NodeResult[], { manifest }: LoadedProject): Value {
  return results.map((result) => {
    const node = runnableNode(manifest, result.id);
    const timing = result.timing.map(({ name, startedAt, completedAt }) =>
      Dict.of([
        ['name', name],
        ['started_at', timeText(startedAt)],
        ['completed_at', timeText(completedAt)],
      ]),
    );
    return Dict.of([
      ['status', result.status],
      ['message', result.message],
      ['failures', result.failures],
      ['unique_id', result.id],
      ['node', node === undefined ? null : dictOf(node)],
      ['thread_id', `Thread-${(result.thread ?? 0) + 1}`],
      ['execution_time', new PyFloat(result.seconds)],
      ['adapter_response', Dict.of(Object.entries(result.response))],
      ['timing', timing],
    ]);
  });
}

/** `schemas` of `on-run-end`: where something was built. */
export function schemasValue(results: readonly NodeResult[], { manifest }: LoadedProject): Value {
  const built = results.filter(({ status }) => status === 'success').map(({ id }) => manifest.nodes.get(id)?.schema);
  return [...new Set(built.filter((schema) => schema !== undefined))];
}
