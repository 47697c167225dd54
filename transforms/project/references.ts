import { compareVersions } from '../graph/version.ts';
import type { ExposureNode, Manifest, ManifestNode, RefArgs } from './manifest.ts';
import type { Problems } from './problems.ts';

type Referrer = ManifestNode | ExposureNode;

/** What `ref` can name. */
const REFERABLE: ReadonlySet<string> = new Set(['model', 'seed', 'snapshot']);

/** Finds what `ref` and `source` name, for every node of a manifest. */
export class References {
  readonly #manifest: Manifest;
  readonly #byName = new Map<string, ManifestNode[]>();
  readonly #disabled = new Map<string, ManifestNode[]>();
  readonly #sources = new Map<string, string[]>();

  constructor(manifest: Manifest) {
    this.#manifest = manifest;
    for (const node of manifest.nodes.values())
      if (REFERABLE.has(node.resource_type)) put(this.#byName, node.name, node);
    for (const [node] of manifest.disabled.values()) {
      if (node !== undefined && REFERABLE.has(node.resource_type)) put(this.#disabled, node.name, node as ManifestNode);
    }
    for (const { source_name, name, unique_id } of manifest.sources.values()) {
      put(this.#sources, `${source_name}.${name}`, unique_id);
    }
  }

  /** Fills `depends_on` of all nodes; what cannot be found is a problem, but for tests of what is disabled, which are disabled too. */
  resolve(problems: Problems): void {
    for (const node of [...this.#manifest.nodes.values(), ...this.#manifest.exposures.values()]) {
      const ids = new Set(node.depends_on.nodes);
      for (const ref of node.refs) this.#addRef(node, ref, ids, problems);
      for (const source of node.sources) this.#addSource(node, source, ids, problems);
      node.depends_on.nodes = [...ids];
    }
  }

  #addRef(node: Referrer, ref: RefArgs, ids: Set<string>, problems: Problems): void {
    const found = this.find(ref, node.package_name);
    if (found.length === 1) {
      this.#checkAccess(node, found[0]!, problems);
      ids.add(found[0]!.unique_id);
      return;
    }
    const shown = shownRef(ref);
    const at = node.original_file_path;
    if (found.length > 1) {
      const owners = found.map(({ package_name }) => package_name).join(' and ');
      problems.add('model.reference', `${node.name}: ${shown} is in ${owners}`, {
        at,
        fix: `Name the package: ref('${found[0]!.package_name}', '${ref.name}').`,
      });
      return;
    }
    const disabled = this.#disabled.get(ref.name) ?? [];
    if (disabled.length > 0 && node.resource_type === 'test') this.#disable(node);
    else
      problems.add(
        'model.reference',
        `${node.name} depends on ${shown}, which is ${disabled.length > 0 ? 'disabled' : 'not in the project'}`,
        { at },
      );
  }

  #disable(node: ManifestNode): void {
    node.config.enabled = false;
    this.#manifest.nodes.delete(node.unique_id);
    const others = this.#manifest.disabled.get(node.unique_id);
    if (others === undefined) this.#manifest.disabled.set(node.unique_id, [node]);
    else others.push(node);
  }

  /** In the package that is named; else in the node's own, else in the project, else in any, where it must be one alone. */
  find({ name, package: owner, version }: RefArgs, own: string): ManifestNode[] {
    const named = (this.#byName.get(name) ?? []).filter((node) => isVersion(node, version));
    if (owner !== null) return named.filter(({ package_name }) => package_name === owner);
    for (const place of [own, this.#manifest.project]) {
      const here = named.filter(({ package_name }) => package_name === place);
      if (here.length > 0) return here;
    }
    return named;
  }

  /** A private model is for its group alone. */
  #checkAccess(node: Referrer, model: ManifestNode, problems: Problems): void {
    if (model.access !== 'private' || node.resource_type === 'test' || node.resource_type === 'exposure') return;
    if (model.group !== null && model.group === node.group) return;
    const message = `${node.name} depends on ${model.name}, which is private to the group ${model.group ?? '(none)'}`;
    problems.add('model.reference', message, {
      at: node.original_file_path,
      fix: 'Put both into one group, or change `access`.',
    });
  }

  #addSource(node: Referrer, [source, table]: readonly [string, string], ids: Set<string>, problems: Problems): void {
    const found = this.findSource(source, table, node.package_name);
    if (found !== undefined) {
      ids.add(found);
      return;
    }
    const disabled = [...this.#manifest.disabled.values()].some(
      ([other]) => other?.resource_type === 'source' && other.source_name === source && other.name === table,
    );
    if (disabled && node.resource_type === 'test') {
      this.#disable(node);
      return;
    }
    const state = disabled ? 'disabled' : 'not in the project';
    problems.add('model.reference', `${node.name} depends on source('${source}', '${table}'), which is ${state}`, {
      at: node.original_file_path,
    });
  }

  findSource(source: string, table: string, own: string): string | undefined {
    const ids = this.#sources.get(`${source}.${table}`) ?? [];
    for (const place of [own, this.#manifest.project]) {
      const here = ids.find((id) => id.startsWith(`source.${place}.`));
      if (here !== undefined) return here;
    }
    return ids[0];
  }
}

/** Without a version the latest is meant. */
function isVersion(node: ManifestNode, version: string | number | null): boolean {
  if (version === null) return (node.version ?? null) === null || node.version === node.latest_version;
  return node.version !== null && node.version !== undefined && compareVersions(node.version, version) === 0;
}

function put<Key, Item>(map: Map<Key, Item[]>, key: Key, item: Item): void {
  const others = map.get(key);
  if (others === undefined) map.set(key, [item]);
  else others.push(item);
}

function shownRef({ name, package: owner, version }: RefArgs): string {
  const names = [...(owner === null ? [] : [owner]), name].map((word) => `'${word}'`).join(', ');
  return `ref(${names}${version === null ? '' : `, v=${version}`})`;
}
