import { asMillraceError, type Finding } from '../contract/index.ts';
import { keptRows } from './kept.ts';
import type { Pipeline } from './pipeline.ts';
import { parkedFinding, type Resolved, resolvePipeline } from './resolve.ts';
import { standingRows } from './standing.ts';

/** Every problem of a pipeline's two sides and of their going together. Never throws for what is wrong. */
export async function checkPipeline(pipeline: Pipeline, signal: AbortSignal): Promise<Finding[]> {
  const resolved = await attempt(() => resolvePipeline(pipeline, signal), 'source');
  if (!resolved.ok) {
    const reach = await attempt(() => pipeline.destination.check([], signal), 'destination');
    return [resolved.finding, ...(reach.ok ? reach.value : [reach.finding])];
  }
  const { request, targets, parked }: Resolved = resolved.value;
  // Where they cannot be read, the destination's own check says why.
  const positions = await attempt(() => pipeline.destination.positions(signal), 'destination');
  const committed = positions.ok ? positions.value : undefined;
  const standing = standingRows(pipeline, targets, request.streams);
  const kept = keptRows(pipeline, request.streams);
  const asked = {
    ...request,
    ...(standing === undefined ? {} : { standing }),
    ...(kept === undefined ? {} : { kept }),
  };
  const source = await attempt(() => pipeline.source.check(asked, signal, committed), 'source');
  const destination = await attempt(() => pipeline.destination.check(targets, signal), 'destination');
  return [
    ...parked.map(parkedFinding),
    ...(source.ok ? source.value : [source.finding]),
    ...(destination.ok ? destination.value : [destination.finding]),
  ];
}

type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly finding: Finding };

async function attempt<T>(look: () => Promise<T>, side: Finding['side']): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await look() };
  } catch (thrown) {
    const { code, origin, message, fix, at } = asMillraceError(thrown);
    const whose = origin === 'config' ? 'config' : side;
    return {
      ok: false,
      finding: { severity: 'error', code, side: whose, message, fix, ...(at === undefined ? {} : { at }) },
    };
  }
}
