import { MillraceError, millraceError } from '../../connectors/contract/index.ts';
import { TemplateError } from '../jinja/index.ts';

/** What a render threw as an error for the user: with the place, the macros that were under way, and the lines around it. `place` is where the user wrote what is rendered, if that is no file of its own. */
export function renderFailure(thrown: unknown, place?: string): unknown {
  if (!(thrown instanceof TemplateError)) return thrown;
  const at = place ?? `${thrown.at.template}:${thrown.at.line}`;
  const { cause } = thrown;
  if (cause instanceof MillraceError) {
    const { code, message, fix } = cause;
    return millraceError(code, message + trail(thrown), { at: cause.at ?? at, fix, cause: cause.cause });
  }
  if (cause !== undefined) return millraceError('internal.unexpected', thrown.message, { at, cause });
  return millraceError('model.template', `${thrown.message}${trail(thrown)}`, { at });
}

function trail({ macros, excerpt }: TemplateError): string {
  const calls = macros
    .map(({ macro, template, line }) => `in the macro ${macro}, called at ${template}:${line}`)
    .reverse();
  return [...calls, ...(excerpt === undefined ? [] : [excerpt])].map((line) => `\n${line}`).join('');
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
