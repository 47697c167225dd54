import { Template, TemplateError } from '../../../transforms/jinja/index.ts';
import { reprOf } from '../../../transforms/jinja/value/text.ts';
import { namesFrom } from './context.ts';
import type { OracleAnswer, OracleCase } from './oracle.ts';

/** A case as the engine renders it, both without and with waiting, which must agree. */
export async function rendered({ source, mode, context = {} }: OracleCase): Promise<OracleAnswer> {
  const undefinedKind = mode === 'chainable' ? 'chainable' : 'strict';
  if (mode === 'native')
    return answer(() => reprOf(new Template(source).renderNative(namesFrom(context), { undefinedKind })));
  const now = await answer(() => new Template(source).render(namesFrom(context), { undefinedKind }));
  const later = await answer(() => new Template(source).renderWaiting(namesFrom(context), { undefinedKind }));
  if (JSON.stringify(now) !== JSON.stringify(later))
    return { error: `waiting gives ${JSON.stringify(later)}`, message: JSON.stringify(now) };
  return now;
}

async function answer(render: () => string | Promise<string>): Promise<OracleAnswer> {
  try {
    return { text: await render() };
  } catch (thrown) {
    if (!(thrown instanceof TemplateError)) throw thrown;
    return { error: thrown.type, message: thrown.message };
  }
}

/** Whether two answers differ: in text, in whether there is an error, or in the kind of one that templates can tell apart. */
export function differs(ours: OracleAnswer, theirs: OracleAnswer): boolean {
  // A return() that no macro takes: dbt's caller gets it, here it fails.
  if (theirs.text?.startsWith('returned ')) return ours.message !== 'return() was called outside of a macro';
  if (theirs.error === undefined || ours.error === undefined)
    return withoutAddresses(theirs.text) !== withoutAddresses(ours.text);
  return false;
}

/** Python writes where an object lies in memory, which differs from run to run. */
function withoutAddresses(text: string | undefined): string | undefined {
  return text?.replace(/<(generator|built-in|bound method|function|class)[^>]*>/g, '<$1>');
}
