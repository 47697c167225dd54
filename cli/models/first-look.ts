import { openAdapter } from '../../transforms/adapter/open.ts';
import { textOf } from '../../transforms/jinja/value/text.ts';
import type { ModelsFinished } from '../../transforms/run/event.ts';
import type { Invocation } from '../command.ts';
import { noSignal } from '../inspection.ts';
import { execute, runVerb } from './execution.ts';
import { openModels } from './opening.ts';
import { verbs } from './verbs.ts';

/** Builds the models of a folder; gives how it ended, undefined where it could not begin: that was told then. */
export async function buildModels(invocation: Invocation): Promise<ModelsFinished | undefined> {
  let finished: ModelsFinished | undefined;
  await execute(invocation, 'build', async (own, show, stopping) => {
    finished = await runVerb(own, verbs.build, show, stopping);
    return finished;
  });
  return finished;
}

export interface Rows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What a query gives at the target of a folder's project, as text. @throws MillraceError of the database */
export async function queryRows(invocation: Invocation, sql: string): Promise<Rows> {
  const { profile, root } = await openModels(invocation, 'show', () => undefined);
  await using adapter = await openAdapter(profile, { root, emit: () => undefined, signal: noSignal });
  await using session = await adapter.session(noSignal);
  const { table } = await session.execute(sql, { fetch: true });
  const text = (value: Parameters<typeof textOf>[0]) => (value === null ? 'NULL' : textOf(value));
  return {
    columns: table?.columns.map(({ name }) => name) ?? [],
    rows: table?.rows.map((row) => row.map(text)) ?? [],
  };
}
