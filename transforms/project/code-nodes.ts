import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { baseName, fqnOf, withoutEnding } from '../graph/naming.ts';
import { type CodeCalls, parseCode } from './code-parse.ts';
import { firstLineOf, firstLineOfText, noteFirstLine } from './code-place.ts';
import { filesBelow, type ProjectFile } from './files.ts';
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

/** Above this a seed is compared by its path: reading all of it at each start would take too long (dbt's limit). */
const LARGE_SEED = 1024 * 1024;
const NO_CALLS: CodeCalls = { refs: [], sources: [], config: {}, macros: [] };

/** Models, seeds, snapshots, analyses and tests that are files of their own. */
export function readCodeNodes(context: PackageContext): NodeDraft[] {
  const { paths, root } = context.config;
  return [
    ...filesBelow(root, paths.models, ['.sql', '.py']).map((file) => codeNode('model', file, file.relative, context)),
    ...filesBelow(root, paths.analyses, ['.sql']).map((file) =>
      codeNode('analysis', file, `analysis/${file.relative}`, context),
    ),
    ...filesBelow(root, paths.tests, ['.sql'])
      .filter(({ relative }) => !/^(?:generic|fixtures)\//.test(relative))
      .map((file) => codeNode('test', file, file.relative, context)),
    ...filesBelow(root, paths.seeds, ['.csv']).map((file) => seedNode(file, context)),
    ...filesBelow(root, paths.snapshots, ['.sql']).flatMap((file) => snapshotNodes(file, context)),
    ...hookNodes(context),
  ].filter((draft) => draft !== undefined);
}

function codeNode(type: NodeType, file: ProjectFile, path: string, context: PackageContext): NodeDraft | undefined {
  const text = readFileSync(file.path, 'utf8');
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
  const large = statSync(file.path).size > LARGE_SEED;
  node.checksum = large ? { name: 'path', checksum: file.original } : sha256(readFileSync(file.path, 'utf8').trim());
  return { node, calls: NO_CALLS, context };
}

/** The name of the file is one of the folders of a snapshot. */
function snapshotNodes(file: ProjectFile, context: PackageContext): NodeDraft[] {
  const text = readFileSync(file.path, 'utf8');
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
