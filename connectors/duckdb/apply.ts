import { millraceError, type PipelineId, type StreamName, streamText, type Target } from '../contract/index.ts';
import { createOwnTables, OWN } from './own-tables.ts';
import { type DuckPlan, ownerOf, planTarget, recordedKey } from './plan.ts';
import { schemaOf } from './quote.ts';
import type { Session } from './session.ts';
import { forgetFullRead, putStream, readStream } from './state.ts';

/** Does what a plan says, all or nothing, and records whose table it is and which full read is building. Throws `schema.moved`. */
export async function applyPlan(session: Session, pipeline: PipelineId, plan: DuckPlan): Promise<void> {
  await createOwnTables(session);
  await session.transaction(async () => {
    const { target, generation, build } = plan;
    const now = await planTarget(session, pipeline, target, generation);
    if (now.seen !== plan.seen) {
      if (now.actions.length === 0 && now.refused.length === 0) return;
      throw millraceError('schema.moved', `${streamText(target.table)} is no longer what the plan was made for`, {
        at: streamText(target.table),
      });
    }
    for (const { sql } of plan.actions) if (sql !== undefined) await session.run(sql);
    if (build === undefined) await recordTable(session, pipeline, target, target.table);
    if (generation !== undefined) await recordGeneration(session, pipeline, plan, generation);
  });
}

/** Records a table as this pipeline's, with its key. */
export async function recordTable(
  session: Session,
  pipeline: PipelineId,
  target: Target,
  table: StreamName,
): Promise<void> {
  const owner = await ownerOf(session, table);
  if (owner !== undefined && owner !== pipeline && target.constant !== undefined) return;
  const place = [schemaOf(table), table.name];
  await session.run(`DELETE FROM ${OWN.tables} WHERE schema_name = $1 AND lower(table_name) = lower($2)`, place);
  await session.run(`INSERT INTO ${OWN.tables} VALUES ($1, $2, $3::UUID, $4, $5)`, [
    ...place,
    pipeline,
    streamText(target.source.stream),
    recordedKey(target),
  ]);
}

async function recordGeneration(
  session: Session,
  pipeline: PipelineId,
  plan: DuckPlan,
  generation: number,
): Promise<void> {
  const stream = streamText(plan.target.source.stream);
  const record = await readStream(session, pipeline, stream);
  if (record !== undefined && record.generation === generation && record.phase !== 'done') return;
  if (record !== undefined) await forgetFullRead(session, pipeline, stream, record.generation);
  const build = plan.build === undefined ? undefined : JSON.stringify([schemaOf(plan.build), plan.build.name]);
  await putStream(session, pipeline, stream, { generation, phase: 'building', build });
}
