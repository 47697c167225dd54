import { type Block, BlockProblem, blocksOf } from './blocks.ts';
import type { ProjectFile } from './files.ts';
import type { PackageContext } from './load-context.ts';
import type { MacroNode, Manifest } from './manifest.ts';
import { Places } from './places.ts';
import type { Problems } from './problems.ts';
import type { ProjectFiles } from './project-files.ts';

const MACROS = ['macro', 'materialization', 'test', 'data_test'];

/** What macros are read for: a project, one of its packages, or millrace itself. */
export interface MacroOwner {
  readonly name: string;
  readonly manifest: Manifest;
  readonly problems: Problems;
  /** How messages name a file. */
  shown(original: string): string;
}

/** The macros of a package, as text; those in the folders of tests too. */
export function readMacros(context: PackageContext): void {
  const { paths, root } = context.config;
  const generic = paths.tests.map((path) => `${path}/generic`);
  readMacroFiles(context.files.below(root, [...paths.macros, ...generic], ['.sql']), context, context.files);
}

export function readMacroFiles(list: readonly ProjectFile[], owner: MacroOwner, files: ProjectFiles): void {
  for (const file of list) {
    const text = files.text(file.path);
    const places = new Places(owner.shown(file.original), text);
    for (const block of guardedBlocks(text, MACROS, places, owner.problems)) addMacro(block, file, places, owner);
  }
}

function addMacro(block: Block, file: ProjectFile, places: Places, owner: MacroOwner): void {
  const name = macroName(block);
  const unique_id = `macro.${owner.name}.${name}`;
  const { macros } = owner.manifest;
  const other = macros.get(unique_id);
  if (other !== undefined) {
    const message = `the macro ${name} is there twice: in ${other.original_file_path} too`;
    owner.problems.add('model.duplicate', message, { at: places.atOffset(block.offset) });
    return;
  }
  const languages = /supported_languages\s*=\s*\[([^\]]*)\]/.exec(block.head)?.[1];
  const macro: MacroNode = {
    unique_id,
    resource_type: 'macro',
    name,
    package_name: owner.name,
    path: file.original,
    original_file_path: file.original,
    macro_sql: block.text,
    depends_on: { macros: [] },
    description: '',
    config: { docs: { show: true }, meta: new Map() },
    docs: { show: true },
    meta: new Map(),
    patch_path: null,
    arguments: [],
    supported_languages:
      languages === undefined ? null : [...languages.matchAll(/['"](\w+)['"]/g)].map(([, word]) => word!),
    shown: owner.shown(file.original),
    line: places.lineAt(block.offset),
  };
  macros.set(unique_id, macro);
}

/** A test is the macro `test_<name>`; a materialization's name tells its adapter. */
function macroName({ kind, name, head }: Block): string {
  if (kind === 'test') return `test_${name}`;
  if (kind !== 'materialization') return name;
  const adapter = /adapter\s*=\s*['"](\w+)['"]/.exec(head)?.[1];
  return `materialization_${name}_${adapter ?? 'default'}`;
}

/** The blocks of text that descriptions refer to. */
export function readDocs(context: PackageContext): void {
  const { paths, root } = context.config;
  const { files } = context;
  for (const file of files.below(root, paths.docs, ['.md'])) {
    const text = files.text(file.path);
    const places = new Places(context.shown(file.original), text);
    for (const block of guardedBlocks(text, ['docs'], places, context.problems)) {
      const unique_id = `doc.${context.name}.${block.name}`;
      const { docs } = context.manifest;
      if (docs.has(unique_id)) {
        context.problems.add('model.duplicate', `the text ${block.name} is there twice`, {
          at: places.atOffset(block.offset),
        });
        continue;
      }
      docs.set(unique_id, {
        unique_id,
        resource_type: 'doc',
        name: block.name,
        package_name: context.name,
        path: file.relative,
        original_file_path: file.original,
        block_contents: block.body.trim(),
      });
    }
  }
}

/** The blocks of a file; what is wrong with them is a problem, and there are none then. */
export function guardedBlocks(text: string, kinds: readonly string[], places: Places, problems: Problems): Block[] {
  try {
    return blocksOf(text, kinds);
  } catch (error) {
    if (!(error instanceof BlockProblem)) throw error;
    problems.add('model.invalid', error.message, { at: places.atOffset(error.offset) });
    return [];
  }
}
