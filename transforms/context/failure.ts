import { MillraceError, millraceError } from '../../connectors/contract/index.ts';
import { blameStatement } from '../adapter/statement-blame.ts';
import { TemplateError, type TemplatePlace } from '../jinja/index.ts';

/** What a render threw as an error for the user: with the place, the macros that were under way, and the lines around it. `place` is where the user wrote what is rendered, if that is no file of its own. */
export function renderFailure(thrown: unknown, place?: string): unknown {
  if (!(thrown instanceof TemplateError)) return thrown;
  const at = place ?? ownPlace(thrown);
  const { cause } = thrown;
  if (cause instanceof MillraceError) return blameStatement(cause, at, cause.message + trail(thrown));
  if (cause !== undefined) return millraceError('internal.unexpected', thrown.message, { at, cause });
  return millraceError('model.template', `${thrown.message}${trail(thrown)}`, { at });
}

/** The innermost place that is the user's: what fails in a macro of millrace's own is told of where it was called. */
function ownPlace({ at, macros }: TemplateError): string {
  const places = [at, ...macros.toReversed()];
  return shown(places.find(({ template }) => !template.startsWith(BUILTIN)) ?? at);
}

const BUILTIN = 'dbt/macros/';

function shown({ template, line }: TemplatePlace): string {
  return `${template}:${line}`;
}

function trail({ at, macros, excerpt }: TemplateError): string {
  const calls = macros.map((call) => `in the macro ${call.macro}, called at ${shown(call)}`).reverse();
  const lines = excerpt === undefined ? [] : [`${shown(at)}`, excerpt];
  return [...calls, ...lines].map((line) => `\n${line}`).join('');
}

/** Runs a render, and gives what it throws the form that users see. @throws MillraceError */
export function rendering<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (thrown) {
    throw renderFailure(thrown);
  }
}

/** The same for one that waits. */
export async function renderingLater<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (thrown) {
    throw renderFailure(thrown);
  }
}
