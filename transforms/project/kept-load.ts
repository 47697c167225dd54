import { dirname, join } from 'node:path';
import type { ErrorCode } from '../../connectors/contract/index.ts';
import type { EnvironmentRead } from './code-cache.ts';
import { type CodeFile, draftOf } from './code-nodes.ts';
import { firstLineOf, noteFirstLine } from './code-place.ts';
import { type KeptLabel, readKept, writeKept } from './kept-file.ts';
import type { Loading, PackageContext } from './load-context.ts';
import type { MacroNode, Manifest, ManifestNode } from './manifest.ts';
import { nameNode } from './node-names.ts';
import { changedSince, type Seen } from './project-files.ts';
import { Bytes, Float, Moment } from './value.ts';

/** Beside the file of what code called. */
const FILE = 'partial_parse_nodes.millrace';
const FORMAT = 'millrace nodes 1';
/** Where more files have changed, all is read anew, and kept as it is then. */
const MOST_CHANGED = 100;

/** How a load's nodes are kept for the next one. */
export interface KeptLoad {
  /** Of what was kept: parts of artifacts that were made of it hold for the same stamp. */
  readonly stamp: string;
  /** Whether the nodes were taken from there. */
  readonly restored: boolean;
  /** The nodes whose code is another since, by unique id. */
  readonly changed: ReadonlySet<string>;
}

type Parts = Pick<Manifest, 'nodes' | 'sources' | 'exposures' | 'unit_tests' | 'groups' | 'disabled'>;
type MacroPatch = Pick<MacroNode, 'description' | 'config' | 'docs' | 'meta' | 'patch_path' | 'arguments'>;
type KeptCode = Pick<CodeFile, 'type' | 'file' | 'path' | 'owner' | 'called' | 'unsure'> & { readonly id: string };

/** All that reading the files of nodes gives, and what it saw. */
interface Content {
  readonly seen: Seen;
  readonly env: EnvironmentRead;
  readonly parts: Parts;
  readonly macros: ReadonlyMap<string, MacroPatch>;
  readonly code: ReadonlyMap<string, KeptCode>;
  readonly lines: ReadonlyMap<string, number>;
  readonly notes: readonly { code: ErrorCode; message: string; at?: string; fix?: string }[];
  /** The objects of classes among all that: they are read back as plain ones, which get their class again. */
  readonly instances: Instances;
}

interface Instances {
  readonly floats: Float[];
  readonly moments: Moment[];
  readonly bytes: Bytes[];
}

/**
 * The nodes of a project as an earlier load left them, where this one would make the same: under the same fingerprint (`fingerprintOf`), with the
 * same files and variables of the environment; but code of files may be another, as long as it calls the same. Anything else is a miss, after
 * which all is read from the files.
 */
export class KeptNodes {
  readonly #loading: Loading;
  readonly #label: KeptLabel;
  readonly #path: string | undefined;

  constructor(loading: Loading, fingerprint: string) {
    const { cachePath } = loading.options;
    this.#loading = loading;
    this.#label = { format: FORMAT, fingerprint };
    this.#path = cachePath === undefined ? undefined : join(dirname(cachePath), FILE);
  }

  /** Fills the manifest with what was kept; undefined, and nothing filled, where it does not hold. */
  restore(contexts: readonly PackageContext[]): KeptLoad | undefined {
    if (this.#path === undefined) return undefined;
    const kept = readKept(this.#path, this.#label);
    if (kept === undefined) return undefined;
    const content = kept.value as Content;
    if (!this.#loading.cache.holds(content.env)) return undefined;
    const files = changedFiles(content);
    if (files === undefined) return undefined;
    withClasses(content.instances);
    for (const [id, line] of content.lines) noteFirstLine(content.parts.nodes.get(id)!, line);
    const changed = new Set<string>();
    for (const file of files) {
      const context = contexts.find(({ name }) => name === file.owner);
      if (context === undefined || !takeCode(file, content, context)) return undefined;
      changed.add(file.id);
    }
    this.#fill(content);
    return { stamp: kept.stamp, restored: true, changed };
  }

  #fill({ parts, macros, notes }: Content): void {
    const { manifest, problems } = this.#loading;
    Object.assign(manifest, parts);
    for (const [id, patch] of macros) Object.assign(manifest.macros.get(id)!, patch);
    for (const { code, message, ...details } of notes) problems.note(code, message, details);
  }

  /** Keeps what was read; `notesFrom` is the first note of it. Undefined where the next load may give something else, or nothing is to be kept. */
  keep(notesFrom: number): KeptLoad | undefined {
    const { manifest, cache, problems, files } = this.#loading;
    if (this.#path === undefined || cache.isUnsure || problems.errors.length > 0) return undefined;
    const { nodes, sources, exposures, unit_tests, groups, disabled } = manifest;
    const notes = problems.notes.slice(notesFrom).map(({ code, message, at, fix }) => ({
      code,
      message,
      ...(at === undefined ? {} : { at }),
      ...(fix === undefined ? {} : { fix }),
    }));
    const all = {
      seen: files.seen,
      env: cache.reads,
      parts: { nodes, sources, exposures, unit_tests, groups, disabled },
      macros: patchesOf(manifest),
      code: codeOf(this.#loading),
      lines: linesOf(nodes),
      notes,
    };
    const instances: Instances = { floats: [], moments: [], bytes: [] };
    collect(all, instances, new Set());
    const content: Content = { ...all, instances };
    const stamp = writeKept(this.#path, this.#label, content);
    return stamp === undefined ? undefined : { stamp, restored: false, changed: new Set() };
  }
}

/** The files whose code is to be read again; undefined where more than code of files has changed. */
function changedFiles({ seen, code }: Content): KeptCode[] | undefined {
  const changed = changedSince(seen);
  if (changed === undefined || changed.length > MOST_CHANGED) return undefined;
  if (!changed.every((path) => code.has(path))) return undefined;
  const paths = new Set(changed);
  return [...code].filter(([path, { unsure }]) => unsure || paths.has(path)).map(([, file]) => file);
}

/** Gives a node its new code, where nothing else of the manifest is another by it. */
function takeCode(file: KeptCode, { parts }: Content, context: PackageContext): boolean {
  const { draft, called } = draftOf(file, context);
  const node = parts.nodes.get(file.id);
  if (draft === undefined || called !== file.called || node === undefined) return false;
  // Hooks are parsed with the node at hand, and may look at its code.
  if (hasHooks(node)) return false;
  const { raw_code, checksum } = draft.node;
  const named = { ...node, raw_code, checksum };
  const { errors } = context.problems;
  const before = errors.length;
  nameNode(named, context);
  errors.length = before;
  const names = ['schema', 'alias', 'database', 'relation_name'] as const;
  if (!names.every((name) => named[name] === node[name])) return false;
  Object.assign(node, { raw_code, checksum });
  noteFirstLine(node, firstLineOf(draft.node));
  return true;
}

function hasHooks({ config }: ManifestNode): boolean {
  return [config['pre-hook'], config['post-hook']].some((hooks) => Array.isArray(hooks) && hooks.length > 0);
}

/** Files whose node is in the graph as they drafted it; that one in Python is not run is told where its file is read. */
function codeOf({ drafts, manifest }: Loading): Map<string, KeptCode> {
  const code = new Map<string, KeptCode>();
  for (const [key, { draft, ...file }] of drafts) {
    if (draft === undefined || draft.node.language === 'python') continue;
    const id = draft.node.unique_id;
    if (manifest.nodes.get(id) === draft.node) code.set(key, { id, ...file });
  }
  return code;
}

function patchesOf({ macros }: Manifest): Map<string, MacroPatch> {
  const patched = [...macros.values()].filter(({ patch_path }) => patch_path !== null);
  return new Map(
    patched.map(({ unique_id, description, config, docs, meta, patch_path, arguments: args }) => [
      unique_id,
      { description, config, docs, meta, patch_path, arguments: args },
    ]),
  );
}

function linesOf(nodes: ReadonlyMap<string, ManifestNode>): Map<string, number> {
  const lines = [...nodes].map(([id, node]): [string, number] => [id, firstLineOf(node)]);
  return new Map(lines.filter(([, line]) => line !== 1));
}

/** Finds the objects of classes in a value. */
function collect(value: unknown, into: Instances, seen: Set<object>): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  if (value instanceof Float) into.floats.push(value);
  else if (value instanceof Moment) into.moments.push(value);
  else if (value instanceof Bytes) into.bytes.push(value);
  else if (Array.isArray(value) || value instanceof Set) for (const item of value) collect(item, into, seen);
  else if (value instanceof Map) {
    for (const [key, item] of value) {
      collect(key, into, seen);
      collect(item, into, seen);
    }
  } else for (const item of Object.values(value)) collect(item, into, seen);
}

function withClasses({ floats, moments, bytes }: Instances): void {
  for (const value of floats) Object.setPrototypeOf(value, Float.prototype);
  for (const value of moments) Object.setPrototypeOf(value, Moment.prototype);
  for (const value of bytes) Object.setPrototypeOf(value, Bytes.prototype);
}
