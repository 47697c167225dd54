import { createHash, hash } from 'node:crypto';
import { serialize } from 'node:v8';
import { baseName, fqnOf, withoutEnding } from '../graph/naming.ts';
import { type CodeCalls, parseCode } from './code-parse.ts';
import { firstLineOf, firstLineOfText, noteFirstLine } from './code-place.ts';
import type { ProjectFile } from './files.ts';
import type { PackageContext } from './load-context.ts';
import { guardedBlocks } from './macro-files.ts';
import type { Checksum, ManifestNode, NodeType } from './manifest.ts';
import { Places } from './places.ts';

/** A node whose config waits for what a YAML file says of it. */
export interface NodeDraft {
  readonly node: ManifestNode;
  readonly calls: CodeCalls;
  readonly context: PackageContext;
}

/** A file that is one node, and what its code called. */
export interface CodeFile {
  readonly type: NodeType;
  readonly file: ProjectFile;
  /** From the folder of its kind. */
  readonly path: string;
  /** The package that it is of. */
  readonly owner: string;
  /** Undefined where it has no code that can be read. */
  readonly draft: NodeDraft | undefined;
  /** A digest of what it called: nothing else that its text says gets into other parts of the manifest. */
  readonly called: string;
  /** It asks for what may be another the next time, or tells people something: it is read in each load. */
  readonly unsure: boolean;
}

/** Such files by their whole paths, in order. */
export type CodeDrafts = Map<string, CodeFile>;

/** Above this a seed is compared by its path: reading all of it at each start would take too long (dbt's limit). */
const LARGE_SEED = 1024 * 1024;
const NO_CALLS: CodeCalls = { refs: [], sources: [], config: {}, macros: [] };

/** Models, seeds, snapshots, analyses and tests that are files of their own. */
export function readCodeNodes(context: PackageContext): NodeDraft[] {
  const { paths, root } = context.config;
  const { files } = context;
  return [
    ...files.below(root, paths.models, ['.sql', '.py']).map((file) => codeNode('model', file, file.relative, context)),
    ...files
      .below(root, paths.analyses, ['.sql'])
      .map((file) => codeNode('analysis', file, `analysis/${file.relative}`, context)),
    ...files
      .below(root, paths.tests, ['.sql'])
      .filter(({ relative }) => !/^(?:generic|fixtures)\//.test(relative))
      .map((file) => codeNode('test', file, file.relative, context)),
    ...files.below(root, paths.seeds, ['.csv']).map((file) => seedNode(file, context)),
    ...files.below(root, paths.snapshots, ['.sql']).flatMap((file) => snapshotNodes(file, context)),
    ...hookNodes(context),
  ].filter((draft) => draft !== undefined);
}

function codeNode(type: NodeType, file: ProjectFile, path: string, context: PackageContext): NodeDraft | undefined {
  return draftOf({ type, file, path }, context).draft;
}

/** Reads a file once in a load, for it may tell people something. */
export function draftOf(
  { type, file, path }: Pick<CodeFile, 'type' | 'file' | 'path'>,
  context: PackageContext,
): CodeFile {
  const known = context.drafts.get(file.path);
  if (known !== undefined) return known;
  const { result: draft, unsure } = context.cache.apart(() => readCode(type, file, path, context));
  const called = draft === undefined ? '' : hash('sha256', serialize(draft.calls), 'base64url');
  const made = { type, file, path, owner: context.name, draft, called, unsure };
  context.drafts.set(file.path, made);
  return made;
}

function readCode(type: NodeType, file: ProjectFile, path: string, context: PackageContext): NodeDraft | undefined {
  const text = context.files.text(file.path);
  const shown = context.shown(file.original);
  const language = file.path.endsWith('.py') ? 'python' : 'sql';
  const node = bareNode(type, baseName(file.relative), path, file.original, context, { language, code: text.trim() });
  node.checksum = sha256(text.trim());
  noteFirstLine(node, firstLineOfText(text));
  const calls =
    language === 'python'
      ? NO_CALLS
      : context.problems.guard(() => parseCode(node.raw_code, `${shown}:${firstLineOf(node)}`, context, node));
  if (language === 'python') unsupported(shown, context);
  return calls === undefined ? undefined : { node, calls, context };
}

/** A node that the project could load but these databases cannot run: said where it is, and the rest goes on. */
function unsupported(at: string, context: PackageContext): void {
  context.problems.note('model.unsupported', 'models in Python are not run', { at });
}

function seedNode(file: ProjectFile, context: PackageContext): NodeDraft {
  const node = bareNode('seed', baseName(file.relative), file.relative, file.original, context, {
    language: 'sql',
    code: '',
  });
  node.root_path = context.config.root;
  const text = context.files.textUpTo(file.path, LARGE_SEED);
  node.checksum = text === undefined ? { name: 'path', checksum: file.original } : sha256(text.trim());
  return { node, calls: NO_CALLS, context };
}

/** The name of the file is one of the folders of a snapshot. */
function snapshotNodes(file: ProjectFile, context: PackageContext): NodeDraft[] {
  const text = context.files.text(file.path);
  const shown = context.shown(file.original);
  const places = new Places(shown, text);
  return guardedBlocks(text, ['snapshot'], places, context.problems).flatMap((block) => {
    const node = bareNode('snapshot', block.name, file.relative, file.original, context, {
      language: 'sql',
      code: block.body,
    });
    node.fqn = snapshotFqn(context.name, file.relative, block.name);
    node.checksum = sha256(text.trim());
    noteFirstLine(node, places.lineAt(block.offset));
    const at = places.atOffset(block.offset);
    const calls = context.problems.guard(() => parseCode(block.body, at, context, node));
    return calls === undefined ? [] : [{ node, calls, context }];
  });
}

export function snapshotFqn(project: string, path: string, name: string): string[] {
  return fqnOf(project, `${withoutEnding(path)}/`, name);
}

/** Statements at the start and end of a run. */
function hookNodes(context: PackageContext): NodeDraft[] {
  const { onRunStart, onRunEnd } = context.config;
  const of = (kind: string, hooks: readonly string[]) =>
    hooks.flatMap((code, index) => {
      const name = `${context.name}-${kind}-${index}`;
      const node = bareNode('operation', name, `hooks/${name}.sql`, './dbt_project.yml', context, {
        language: 'sql',
        code,
      });
      node.index = index;
      node.tags = [kind];
      node.fqn = [context.name, 'hooks', name];
      const calls = context.problems.guard(() => parseCode(code, context.shown('dbt_project.yml'), context, node));
      return calls === undefined ? [] : [{ node, calls, context }];
    });
  return [...of('on-run-start', onRunStart), ...of('on-run-end', onRunEnd)];
}

export interface Code {
  readonly language: 'sql' | 'python';
  readonly code: string;
}

/** A node with what its file alone says. */
export function bareNode(
  type: NodeType,
  name: string,
  path: string,
  original: string,
  context: PackageContext,
  { language, code }: Code,
): ManifestNode {
  const { target } = context.options;
  return {
    resource_type: type,
    name,
    unique_id: `${type}.${context.name}.${name}`,
    package_name: context.name,
    path,
    original_file_path: original,
    fqn: fqnOf(context.name, path, name),
    database: target.database,
    schema: target.schema,
    alias: name,
    checksum: { name: 'none', checksum: '' },
    config: {},
    unrendered_config: {},
    config_call_dict: {},
    tags: [],
    meta: new Map(),
    description: '',
    columns: {},
    group: null,
    docs: new Map([['show', true]]),
    patch_path: null,
    raw_code: code,
    language,
    refs: [],
    sources: [],
    depends_on: { nodes: [], macros: [] },
    relation_name: null,
    ...(type === 'seed' ? {} : { contract: { enforced: false, alias_types: true, checksum: null } }),
  };
}

export function sha256(text: string): Checksum {
  return { name: 'sha256', checksum: createHash('sha256').update(text).digest('hex') };
}
