import { millraceError } from '../../connectors/contract/index.ts';
import type { MacroNode } from '../project/manifest.ts';
import type { MacroLibrary } from './macro-library.ts';

/** What millrace makes itself, as dbt does for every database. */
const OWN: ReadonlySet<string> = new Set(['view', 'table', 'incremental', 'seed', 'snapshot', 'test']);
/** dbt-duckdb has these for its database alone: there a project's own for every database stands behind them. */
const OWN_OF_DUCKDB: ReadonlySet<string> = new Set(['table', 'incremental']);

/**
 * The macro of a project or package that makes what is `materialized` so; undefined: it is millrace's own, or there is none. By dbt's rule: the
 * one for the most special name of the database wins (`tidb`, `mysql`, `default`), among these the project's. A package takes the place of
 * millrace's own only where the project says so, by a materialization that returns the package's.
 * @param overridable `require_explicit_package_overrides_for_builtin_materializations: false`, which lets packages do it unasked
 * @throws MillraceError `model.duplicate` where two packages have one for the same name of the database
 */
export function findMaterialization(library: MacroLibrary, name: string, overridable = false): MacroNode | undefined {
  const wanted = (prefix: string) => `materialization_${name}_${prefix}`;
  for (const prefix of library.prefixes) {
    const root = library.package(library.root)?.get(wanted(prefix));
    if (root !== undefined) return root;
    const imported = OWN.has(name) && !overridable ? [] : importedOf(library, wanted(prefix));
    if (imported.length > 1) throw doubled(name, imported);
    if (imported[0] !== undefined) return imported[0];
    if (prefix === 'duckdb' && OWN_OF_DUCKDB.has(name)) return undefined;
  }
  return undefined;
}

/** Whether millrace makes it without a macro. */
export function isOwnMaterialization(name: string): boolean {
  return OWN.has(name);
}

function importedOf(library: MacroLibrary, name: string): MacroNode[] {
  const others = [...library.packages()].filter((owner) => owner !== library.root && owner !== 'dbt');
  return others.map((owner) => library.package(owner)?.get(name)).filter((macro) => macro !== undefined);
}

function doubled(name: string, macros: readonly MacroNode[]): Error {
  const owners = macros.map(({ package_name }) => package_name).join(' and ');
  return millraceError('model.duplicate', `the packages ${owners} both have a materialization ${name}`, {
    fix: 'Write one in the project that returns what that of one of them returns.',
  });
}
