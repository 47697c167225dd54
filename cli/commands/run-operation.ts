import { openAdapter } from '../../transforms/adapter/open.ts';
import { Compilation, RenderSession, toTemplate } from '../../transforms/context/index.ts';
import type { ModelsFinished } from '../../transforms/run/event.ts';
import { runNode } from '../../transforms/run/node-run.ts';
import { NodeSession } from '../../transforms/run/node-session.ts';
import { QueryComment } from '../../transforms/run/query-comment.ts';
import type { Invocation } from '../command.ts';
import type { ExitCode } from '../exit.ts';
import { execute, note, type Shown, writeResults } from '../models/execution.ts';
import { mapOfYaml, openModels } from '../models/opening.ts';
import type { Stopping } from '../signal.ts';

/** `millrace run-operation`: a macro of the project, by itself. */
export function run(invocation: Invocation): Promise<ExitCode> {
  return execute(invocation, 'run-operation', operate);
}

async function operate(invocation: Invocation, show: Shown, stopping: Stopping): Promise<ModelsFinished> {
  const [name] = invocation.args as [string];
  const opened = await openModels(
    invocation,
    'run-operation',
    (kind, message) => kind !== 'log' && show.message(kind, message),
  );
  const { project, engine, profile, root } = opened;
  const values = [...mapOfYaml(invocation.options.args, '--args')].map(
    ([key, value]) => [key, toTemplate(value)] as const,
  );
  const compilation = new Compilation(new RenderSession({ project, engine }));
  const comment = new QueryComment(compilation);
  await using adapter = await openAdapter(profile, {
    root,
    emit: (event) => note(event, show),
    signal: stopping.abort,
  });
  await using session = new NodeSession(adapter, () => comment.of(undefined), stopping.abort);
  const result = await runNode(`macro.${project.config.name}.${name}`, 0, {
    compile: async () => ({}),
    execute: async () => {
      await compilation.macro(name, new Map(values), {
        node: undefined,
        own: project.config.name,
        database: session.get,
      });
      return { status: 'success', message: null };
    },
  });
  writeResults(opened, [result], result.seconds);
  const { error, seconds, status } = result;
  return {
    event: 'finished',
    at: new Date().toISOString(),
    run: opened.id,
    command: 'run-operation',
    status: status === 'success' ? 'ok' : 'failed',
    seconds,
    awakeSeconds: adapter.awakeSeconds,
    counts: { [status]: 1 },
    ...(error === undefined ? {} : { error }),
  };
}
