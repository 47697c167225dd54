import { writeSync } from 'node:fs';
import { openAdapter } from '../../../transforms/adapter/open.ts';
import { fieldsOf, never, placeOf, type TargetType } from '../adapter/target.ts';
import { scenarios } from './scenario.ts';

/** One build, held before its step `stopAt` until the process is killed: the program that the kill test kills. */
export interface KillTask {
  readonly type: TargetType;
  readonly schema: string;
  readonly path: string;
  readonly scenario: string;
  readonly stopAt: number;
}

const task = JSON.parse(process.argv[2]!) as KillTask;
const fields = fieldsOf(task.type, { schema: task.schema, path: task.path });
await using adapter = await openAdapter(fields, { root: '/', emit: () => {}, signal: never });
await using session = await adapter.session(never);
let step = 0;
await scenarios[task.scenario]!.build(placeOf(adapter, session, fields), {
  onStep: async (name) => {
    if (step++ !== task.stopAt) return;
    writeSync(1, `${name}\n`);
    const held = setInterval(() => {}, 1000);
    await new Promise<never>(() => held.ref());
  },
});
