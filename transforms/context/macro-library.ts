import { Template } from '../jinja/index.ts';
import type { MacroNode } from '../project/manifest.ts';

/** The package whose macros are millrace's own: dbt's name for what a project has without installing anything. */
export const BUILTIN_PACKAGE = 'dbt';

export interface LibraryOptions {
  /** The project that is run. */
  readonly root: string;
  /** What `adapter.dispatch` puts before names, the most special first: `tidb`, `mysql`, `default`. */
  readonly prefixes: readonly string[];
  /** Where macros of a namespace are looked for, by `dispatch:` of the project. */
  readonly dispatch: ReadonlyMap<string, readonly string[]>;
}

export type MacrosByName = ReadonlyMap<string, MacroNode>;

const NO_MACROS: MacrosByName = new Map();

/** All macros of a project and its packages. Each is compiled when it is first used, once for all renders. */
export class MacroLibrary {
  readonly root: string;
  readonly prefixes: readonly string[];
  readonly #dispatch: LibraryOptions['dispatch'];
  readonly #packages = new Map<string, Map<string, MacroNode>>();
  readonly #templates = new Map<string, Template>();

  constructor(macros: Iterable<MacroNode>, { root, prefixes, dispatch }: LibraryOptions) {
    this.root = root;
    this.prefixes = prefixes;
    this.#dispatch = dispatch;
    for (const macro of macros) this.#add(macro);
  }

  #add(macro: MacroNode): void {
    const known = this.#packages.get(macro.package_name);
    if (known === undefined) this.#packages.set(macro.package_name, new Map([[macro.name, macro]]));
    else known.set(macro.name, macro);
  }

  package(name: string): MacrosByName | undefined {
    return this.#packages.get(name);
  }

  packages(): Iterable<string> {
    return this.#packages.keys();
  }

  #in(owner: string): MacrosByName {
    return this.#packages.get(owner) ?? NO_MACROS;
  }

  /** The macro that a bare name means in a package: its own, the project's, millrace's. */
  find(name: string, own: string): MacroNode | undefined {
    return this.#in(own).get(name) ?? this.#in(this.root).get(name) ?? this.#in(BUILTIN_PACKAGE).get(name);
  }

  /** The macro that `generate_<part>_name` is for nodes of a package; undefined where the rule is millrace's own. */
  naming(name: string, own: string): MacroNode | undefined {
    return this.#in(own).get(name) ?? this.#in(this.root).get(name);
  }

  /** What `adapter.dispatch(name, namespace)` means in a package. Where a package has a macro for every database only, millrace's own for this one rules. */
  dispatched(name: string, namespace: string | undefined, own: string): MacroNode | undefined {
    for (const owner of this.#searched(namespace)) {
      for (const prefix of this.prefixes) {
        const wanted = `${prefix}__${name}`;
        const found = owner === undefined ? this.find(wanted, own) : this.#in(owner).get(wanted);
        const override =
          owner === namespace && prefix !== 'default' ? this.#in(BUILTIN_PACKAGE).get(wanted) : undefined;
        if (found !== undefined || override !== undefined) return found ?? override;
      }
    }
    return undefined;
  }

  /** The names under which a dispatch looked, for the message that it found nothing. */
  searchedNames(name: string, namespace: string | undefined): string[] {
    return this.#searched(namespace).flatMap((owner) =>
      this.prefixes.map((prefix) => `${owner === undefined ? '' : `${owner}.`}${prefix}__${name}`),
    );
  }

  #searched(namespace: string | undefined): readonly (string | undefined)[] {
    if (namespace === undefined) return [undefined];
    const order = this.#dispatch.get(namespace);
    if (order !== undefined && order.length > 0) return order;
    return namespace !== BUILTIN_PACKAGE && this.#packages.has(namespace) ? [this.root, namespace] : [undefined];
  }

  /** @throws TemplateError where the macro's text is no template */
  template(macro: MacroNode): Template {
    const known = this.#templates.get(macro.unique_id);
    if (known !== undefined) return known;
    const made = new Template(macro.macro_sql, { name: macro.shown, firstLine: macro.line });
    this.#templates.set(macro.unique_id, made);
    return made;
  }
}

/** What dispatch puts before names on a type of target, the most special first. */
export function dispatchPrefixes(type: string): string[] {
  const family: Readonly<Record<string, readonly string[]>> = {
    tidb: ['tidb', 'mysql'],
    mysql: ['mysql'],
    mysql5: ['mysql5', 'mysql'],
    mariadb: ['mariadb', 'mysql'],
  };
  return [...(family[type] ?? [type]), 'default'];
}
