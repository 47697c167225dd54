import { fqnOf } from '../graph/naming.ts';
import { parseReference } from './code-parse.ts';
import { describe } from './descriptions.ts';
import type { Entry } from './entry.ts';
import { addDisabled, type ExposureNode } from './manifest.ts';
import { configOf, unrenderedConfigOf } from './node-config.ts';
import { type Described, patchConfig } from './schema-files.ts';
import { isMap, type Value } from './value.ts';

/** What uses the project's tables from outside. */
export function readExposure(described: Described): void {
  const { entry, context, file, name } = described;
  const { manifest, problems } = context;
  const fqn = fqnOf(context.name, file.relative, name);
  const levels = { type: 'exposure', fqn, own: context.config, active: context.active } as const;
  const config = configOf({ ...levels, patch: patchConfig(entry) });
  const at = entry.at('depends_on');
  const calls = entry
    .texts('depends_on')
    .flatMap((text) => problems.guard(() => parseReference(text, at, context)) ?? []);
  const owner = entry.child('owner');
  if (owner === undefined || !(owner.has('name') || owner.has('email'))) {
    entry.problem('an exposure has an `owner` with `name` or `email`');
  }
  const node: ExposureNode = {
    resource_type: 'exposure',
    unique_id: `exposure.${context.name}.${name}`,
    package_name: context.name,
    name,
    fqn,
    path: file.relative,
    original_file_path: file.original,
    type: entry.text('type') ?? '',
    label: entry.text('label') ?? null,
    maturity: entry.text('maturity') ?? null,
    url: entry.text('url') ?? null,
    owner: owner?.map ?? new Map(),
    description: describe(entry.text('description') ?? '', entry.at(), context),
    refs: calls.flatMap(({ refs }) => refs),
    sources: calls.flatMap(({ sources }) => sources),
    depends_on: { nodes: [], macros: [] },
    tags: Array.isArray(config.tags) ? config.tags.map(String) : [],
    meta: isMap(config.meta) ? config.meta : new Map(),
    config,
    unrendered_config: unrenderedConfigOf({ ...levels, patch: configAlone(described.unrendered) }),
  };
  if (config.enabled === false) addDisabled(manifest, node);
  else if (!manifest.exposures.has(node.unique_id)) manifest.exposures.set(node.unique_id, node);
  else problems.add('model.duplicate', `the exposure ${name} is there twice`, { at: entry.at('name') });
}

/** Only what `config` itself says is compared. */
function configAlone(entry: Entry): [string, Value][] {
  return [...(entry.child('config')?.map ?? [])].filter((pair): pair is [string, Value] => typeof pair[0] === 'string');
}

export function readGroup({ entry, context, file, name }: Described): void {
  const { manifest, problems } = context;
  const owner = entry.child('owner');
  if (owner === undefined) entry.problem('a group has an `owner`');
  const unique_id = `group.${context.name}.${name}`;
  if (manifest.groups.has(unique_id))
    problems.add('model.duplicate', `the group ${name} is there twice`, { at: entry.at('name') });
  manifest.groups.set(unique_id, {
    unique_id,
    resource_type: 'group',
    name,
    package_name: context.name,
    path: file.relative,
    original_file_path: file.original,
    owner: owner?.map ?? new Map(),
    description: entry.text('description') ?? null,
  });
}

/** What a file says of a macro of its package. */
export function describeMacro({ entry, context, file, name }: Described): void {
  const macro = context.manifest.macros.get(`macro.${context.name}.${name}`);
  if (macro === undefined) {
    const message = `\`macros\` describes ${name}, which is not in the project`;
    context.problems.note('model.reference', message, { at: entry.at('name') });
    return;
  }
  macro.description = describe(entry.text('description') ?? '', entry.at('name'), context);
  macro.patch_path = `${context.name}://${file.original}`;
  macro.arguments = entry.entries('arguments').map(({ map }) => map);
  const meta = entry.child('config')?.child('meta') ?? entry.child('meta');
  if (meta !== undefined) {
    macro.meta = meta.map;
    macro.config = { ...macro.config, meta: meta.map };
  }
}
