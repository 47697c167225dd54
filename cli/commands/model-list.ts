import type { ResourceType } from '../../transforms/graph/node.ts';
import { toJson } from '../../transforms/project/json.ts';
import type { GraphMember } from '../../transforms/project/manifest.ts';
import type { Invocation, Options, Outcome } from '../command.ts';
import { EXIT } from '../exit.ts';
import { writeManifest } from '../models/manifest-file.ts';
import { openModels } from '../models/opening.ts';
import { selectNodes } from '../models/selecting.ts';
import { tellNotes, templateMessages } from '../models/telling.ts';
import { plural } from '../output/format.ts';

const TYPES: readonly ResourceType[] = ['model', 'snapshot', 'seed', 'test', 'source', 'exposure', 'unit_test'];
/** What `--output json` shows where `--output-keys` names nothing. */
const KEYS = ['alias', 'name', 'package_name', 'depends_on', 'tags', 'config', 'resource_type', 'source_name', 'original_file_path', 'unique_id']; // biome-ignore format: a list

/** `millrace list`: the nodes that a selection names, a line each, in order of their unique ids. */
export async function run(invocation: Invocation): Promise<Outcome> {
  const opened = await openModels(invocation, 'list', templateMessages(invocation));
  const { options } = opened;
  tellNotes(invocation, opened);
  const asked = options.resourceType;
  const types: readonly ResourceType[] = asked === undefined ? TYPES : [...TYPES, 'analysis'];
  const wanted = asked?.some((type) => type === 'all' || type === 'default') ? withoutTypes(options) : options;
  const { ids, unmatched } = selectNodes(opened, wanted, asked?.includes('all') ? [...TYPES, 'analysis'] : types);
  const nodes = [...ids].sort().map((id) => opened.project.graph.nodes.get(id)!);
  writeManifest(opened);
  const shown = options.output ?? 'selector';
  return {
    exit: EXIT.ok,
    summary:
      nodes.length === 0
        ? `nothing is selected${unmatched.length > 0 ? `: ${unmatched.join(', ')}` : ''}`
        : plural(nodes.length, 'node'),
    result: nodes.map((node) => jsonOf(node, options.outputKeys)),
    report: nodes.map((node) => lineOf(node, shown, options.outputKeys)).join('\n'),
  };
}

function withoutTypes({ resourceType: _types, ...options }: Options): Options {
  return options;
}

function lineOf(node: GraphMember, shown: string, keys: readonly string[] | undefined): string {
  if (shown === 'json') return JSON.stringify(jsonOf(node, keys));
  if (shown === 'path') return node.original_file_path;
  return shown === 'name' ? nameOf(node) : selectorOf(node);
}

/** By what it is selected. */
function selectorOf(node: GraphMember): string {
  const { resource_type: type, package_name: owner, name } = node;
  if (type === 'source') return `source:${owner}.${node.source_name}.${name}`;
  if (type === 'exposure') return `exposure:${owner}.${name}`;
  if (type === 'unit_test') return `unit_test:${owner}.${name}`;
  return node.fqn.join('.');
}

function nameOf(node: GraphMember): string {
  if (node.resource_type === 'source') return `${node.source_name}.${node.name}`;
  const version = 'version' in node && node.resource_type === 'model' ? node.version : undefined;
  return version === undefined || version === null ? node.name : `${node.name}.v${version}`;
}

function jsonOf(node: GraphMember, keys: readonly string[] | undefined): object {
  const all = toJson(node) as Record<string, unknown>;
  // As dbt has them: a unit test with its tags in its config alone, a seed without nodes that it is made of.
  if (node.resource_type === 'unit_test') delete all.tags;
  if (node.resource_type === 'seed') all.depends_on = { macros: node.depends_on.macros };
  if (keys === undefined) return Object.fromEntries(Object.entries(all).filter(([key]) => KEYS.includes(key)));
  return Object.fromEntries(
    keys.map((key) => [
      key,
      key.split('.').reduce<unknown>((value, part) => (value as Record<string, unknown> | null)?.[part], all) ?? null,
    ]),
  );
}
