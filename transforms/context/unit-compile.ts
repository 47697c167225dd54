import { Template } from '../jinja/index.ts';
import { firstLineOf } from '../project/code-place.ts';
import type { ManifestNode } from '../project/manifest.ts';
import { renderFailure } from './failure.ts';
import type { RenderRequest, RenderSession } from './session.ts';
import { UnitContext, type UnitWorld } from './unit-context.ts';

/**
 * The SQL of a model in the world of a unit test, without the CTEs of inputs, and which of these it refers to.
 * @throws MillraceError `model.template`, `model.reference`, or what the database says
 */
export async function compileUnit(
  session: RenderSession,
  request: RenderRequest & { readonly node: ManifestNode },
  world: UnitWorld,
): Promise<{ readonly own: string; readonly used: readonly string[] }> {
  const { node } = request;
  try {
    const context = new UnitContext(session, request, world);
    const read = session.options.engine.scope.templates.get(node);
    const template =
      read ?? new Template(node.raw_code, { name: node.original_file_path, firstLine: firstLineOf(node) });
    const own = await template.renderWaiting(context);
    return { own, used: [...context.used] };
  } catch (thrown) {
    throw renderFailure(thrown);
  }
}
