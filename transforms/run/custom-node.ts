import { millraceError } from '../../connectors/contract/index.ts';
import { BUILTIN_PACKAGE, type MacroLibrary } from '../context/macro-library.ts';
import { findMaterialization } from '../context/materialization.ts';
import { RelationObject } from '../context/relation.ts';
import { Transaction } from '../context/transaction.ts';
import type { Value } from '../jinja/index.ts';
import { Dict } from '../jinja/value/dict.ts';
import { BuiltinFunction, PyObject } from '../jinja/value/object.ts';
import { textOf } from '../jinja/value/text.ts';
import type { MacroNode, ManifestNode } from '../project/manifest.ts';
import { ConfigReader } from './config-read.ts';
import type { Executed, NodeSteps } from './node-run.ts';
import { type CompiledText, compiledOf, executedOf, type NodeWork, relationIn } from './node-work.ts';

const FLAG = 'require_explicit_package_overrides_for_builtin_materializations';
const DEFAULTS: Readonly<Record<string, string>> = { model: 'view', seed: 'seed', snapshot: 'snapshot', test: 'test' };

/** The macro of the project or a package that makes a node; undefined: millrace makes it itself, or it cannot be made. */
export function macroOf({ node, compilation, project }: NodeWork): MacroNode | undefined {
  const config = new ConfigReader(node);
  const name = config.text('materialized') ?? DEFAULTS[node.resource_type];
  if (name === undefined) return undefined;
  const { library } = compilation.session;
  const found = findMaterialization(library, name, project.config.flags.get(FLAG) === false);
  if (name === 'incremental') refuseBatches(node, config, found ?? strategyMacro(config, library, node.package_name));
  if (found !== undefined || name !== 'incremental') return found;
  return strategyMacro(config, library, node.package_name) === undefined
    ? undefined
    : library.package(BUILTIN_PACKAGE)?.get('materialization_incremental_by_macro_default');
}

/** dbt calls the macro for each batch; here batches are made by millrace alone. */
function refuseBatches(node: ManifestNode, config: ConfigReader, macro: MacroNode | undefined): void {
  if (macro === undefined || config.text('incremental_strategy') !== 'microbatch') return;
  throw millraceError('model.unsupported', `${node.name}: ${macro.name} of the project is to make microbatches`, {
    at: node.original_file_path,
    fix: "Leave them to millrace's own `incremental`, or use another `incremental_strategy`.",
  });
}

/** `get_incremental_<strategy>_sql` of the project: the statement by which new rows come in. */
function strategyMacro(config: ConfigReader, library: MacroLibrary, own: string): MacroNode | undefined {
  const strategy = config.text('incremental_strategy');
  if (strategy === undefined) return undefined;
  const macro = library.find(`get_incremental_${strategy.replaceAll('+', '_')}_sql`, own);
  return macro?.package_name === BUILTIN_PACKAGE ? undefined : macro;
}

/** Makes of a query what one of millrace's own materializations makes of it. */
export type OwnBuild = (materialized: string, code: string) => Promise<Executed>;

/** A node that a materialization of the project makes: a macro, which runs the hooks too, and tells which relations there are then. */
export function customNode(work: NodeWork, macro: MacroNode, build?: OwnBuild): NodeSteps<CompiledText> {
  return {
    compile: () => compiledOf(work),
    execute: async ({ code }) => {
      const main = await materialize(work, macro, code, build && ((name) => build(name, code)));
      return { ...executedAs(main.get('response') ?? null), ...relationIn(work.node) };
    },
  };
}

/** Runs the macro in a transaction of its own. @throws MillraceError `model.materialization`, and what the macro and the database say */
export async function materialize(
  work: NodeWork,
  macro: MacroNode,
  code: string,
  build?: (materialized: string) => Promise<Executed>,
): Promise<Dict> {
  const { node, compilation, session } = work;
  const languages = macro.supported_languages ?? ['sql'];
  if (!languages.includes('sql')) throw wrong(work, macro, `is for ${languages.join(', ')}, and the node is SQL`);
  const transaction = new Transaction();
  let main: Value | undefined;
  try {
    const result = await compilation.materialization(macro, {
      node,
      database: session,
      transaction,
      extra: new Map<string, Value>([
        ['compiled_code', code],
        ...(build === undefined ? [] : [['millrace_build', ownBuild(build)] as const]),
      ]),
    });
    checkRelations(work, macro, result.returned);
    main = result.main;
  } catch (thrown) {
    // What failed is what is told, even where the connection is gone since.
    await transaction.end(await session()).catch(() => undefined);
    throw thrown;
  }
  if (await transaction.end(await session())) tellRolledBack(work, macro);
  if (!(main instanceof Dict)) throw wrong(work, macro, "ran no `statement('main')`");
  return main;
}

/** dbt rolls back what a materialization leaves open, too, but does not say so. */
function tellRolledBack({ node, compilation }: NodeWork, { shown }: MacroNode): void {
  const message = `${node.name}: what its materialization (${shown}) did after its last \`adapter.commit()\` was rolled back`;
  compilation.session.facts.tell('warn', message);
}

function checkRelations(work: NodeWork, macro: MacroNode, returned: Value): void {
  if (!(returned instanceof Dict)) throw wrong(work, macro, 'does not return a dict with `relations`');
  const relations = returned.get('relations');
  if (!Array.isArray(relations)) throw wrong(work, macro, 'does not return a list of `relations`');
  for (const relation of relations) {
    if (!(relation instanceof RelationObject))
      throw wrong(work, macro, `returns ${textOf(relation)} among its \`relations\``);
  }
}

function wrong({ node }: NodeWork, { name, shown, line }: MacroNode, what: string): Error {
  return millraceError('model.materialization', `${node.name}: ${name} ${what}`, {
    at: `${shown}:${line}`,
    fix: "End it with {{ return({'relations': [this]}) }}, after {% call statement('main') %} ... {% endcall %}.",
  });
}

/** What `main` answered: a response of the database, or a dict of `noop_statement`. */
function executedAs(response: Value): Executed {
  const parts = response instanceof PyObject && !(response instanceof Dict) ? response.plain() : response;
  if (!(parts instanceof Dict)) return { status: 'success', message: textOf(response) };
  const code = parts.get('code') ?? null;
  const rows = parts.get('rows_affected') ?? null;
  if (typeof code === 'string' && typeof rows === 'number') {
    const message = parts.get('_message') ?? null;
    const executed = executedOf({ code, rowsAffected: rows });
    return response instanceof Dict && message !== null ? { ...executed, message: textOf(message) } : executed;
  }
  return { status: 'success', message: textOf(parts.get('_message') ?? null) };
}

/** `millrace_build(name)`: millrace's own materialization, for macros of projects that do something around it. */
function ownBuild(build: (materialized: string) => Promise<Executed>): Value {
  return new BuiltinFunction('millrace_build', ([name = null]) =>
    build(textOf(name)).then((executed) => {
      const { _message = null, code = null, rows_affected = null } = executed.response ?? {};
      return Dict.of([
        ['_message', _message],
        ['code', code],
        ['rows_affected', rows_affected],
      ]);
    }),
  );
}
