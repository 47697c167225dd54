import { millraceError, type PipelineId, type StreamName, streamText, type Target } from '../contract/index.ts';
import { recordTable } from './apply.ts';
import { buildTable } from './plan.ts';
import { quoteName, quoteTable } from './quote.ts';
import type { Session } from './session.ts';
import { targetKey } from './shape.ts';
import { forgetFullRead, putStream, readStream } from './state.ts';

/**
 * Ends a full read in one transaction, DuckDB's DDL being part of it: keys checked, the built table put in place of the old one,
 * the lanes forgotten. Done before: nothing. Throws `row.duplicate` where rows share a key.
 */
export async function finishTarget(
  session: Session,
  pipeline: PipelineId,
  target: Target,
  generation: number,
): Promise<void> {
  const stream = streamText(target.source.stream);
  await session.transaction(async () => {
    const record = await readStream(session, pipeline, stream);
    if (record?.generation !== generation || record.phase === 'done') return;
    if (target.write === 'overwrite') await swap(session, pipeline, target);
    await forgetFullRead(session, pipeline, stream, generation);
    await putStream(session, pipeline, stream, { generation, phase: 'done', build: undefined });
  });
}

async function swap(session: Session, pipeline: PipelineId, target: Target): Promise<void> {
  const build = buildTable(pipeline, target);
  await requireUniqueKeys(session, target, build);
  await session.run(`DROP TABLE IF EXISTS ${quoteTable(session.catalog, target.table)}`);
  await session.run(`ALTER TABLE ${quoteTable(session.catalog, build)} RENAME TO ${quoteName(target.table.name)}`);
  await recordTable(session, pipeline, target, target.table);
}

/** There is no PRIMARY KEY at the target (its index would have to fit in memory): keys are counted instead. */
async function requireUniqueKeys(session: Session, target: Target, table: StreamName): Promise<void> {
  const key = targetKey(target);
  if (key === undefined) return;
  const columns = key.map(quoteName).join(', ');
  const shown = key.map((name) => `${quoteName(name)}::VARCHAR`).join(', ');
  const [twice] = await session.rows(
    `SELECT ${shown} FROM ${quoteTable(session.catalog, table)} GROUP BY ${columns} HAVING count(*) > 1 LIMIT 1`,
  );
  if (twice === undefined) return;
  const at = streamText(target.table);
  throw millraceError('row.duplicate', `${at}: two rows have the key ${JSON.stringify(twice)}`, { at });
}
