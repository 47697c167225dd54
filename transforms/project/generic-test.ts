import { millraceError } from '../../connectors/contract/index.ts';
import { fqnOf, testHash, testNames } from '../graph/naming.ts';
import { bareNode } from './code-nodes.ts';
import { parseCode, parseTest } from './code-parse.ts';
import { type Config, listOf } from './config-merge.ts';
import type { PackageContext } from './load-context.ts';
import type { ManifestNode, RefArgs } from './manifest.ts';
import { configOf, unrenderedConfigOf } from './node-config.ts';
import { textOf } from './python-text.ts';
import { isMap, typeName, type Value, type ValueMap } from './value.ts';

/** What a test with arguments is put on. */
export interface TestTarget {
  /** `ref('orders')`, `source('till', 'orders')`. */
  readonly call: string;
  /** The part of the test's name that tells the target. */
  readonly name: string;
  /** Before the test's own name: `source_` for tables of a source. */
  readonly prefix: string;
  /** Section and name of the entry, by which the file is looked through. */
  readonly key: string;
  readonly ref: RefArgs | undefined;
  readonly source: readonly [string, string] | undefined;
  /** From the root of the package. */
  readonly file: string;
  readonly tags: readonly string[];
}

/** Configs that may stand beside a test's arguments. */
const CONFIGS = [
  'severity', 'tags', 'enabled', 'where', 'limit', 'warn_if', 'error_if', 'fail_calc', 'store_failures', 'store_failures_as', 'meta',
  'database', 'schema', 'alias',
]; // biome-ignore format: a table
const NAME = /^(?:([A-Za-z_]\w*)\.)?([A-Za-z_]\w*)$/;

/** A test as an entry writes it. @throws MillraceError `model.invalid` */
export function genericTest(
  written: Value,
  column: string | null,
  target: TestTarget,
  at: string,
  context: PackageContext,
): ManifestNode {
  const { macro, namespace, args } = argumentsOf(written, at);
  if (column !== null) args.set('column_name', column);
  if (args.has('model'))
    throw millraceError('model.invalid', 'a test has no argument `model`: it is what the test stands at', { at });
  args.set('model', `{{ get_where_subquery(${target.call}) }}`);
  const config = takeConfig(args, at, context);
  const description = take(args, 'description');
  const given = take(args, 'name');
  const names =
    given === undefined
      ? testNames(`${namespace === null ? '' : `${namespace}_`}${target.prefix}${macro}`, target.name, args)
      : { short: textOf(given), full: textOf(given) };
  if (names.short !== names.full && config.alias === undefined) config.alias = names.short;
  const { code, kwargs } = { code: rawCode(macro, namespace, config), kwargs: args };
  const node = bareNode('test', names.full, `${names.short}.sql`, target.file, context, { language: 'sql', code });
  const hash = testHash(names.full, macro, namespace, kwargs);
  node.unique_id = `test.${context.name}.${names.full}.${hash}`;
  node.fqn = fqnOf(context.name, target.file.split('/').slice(1).join('/'), names.full);
  node.test_metadata = { name: macro, namespace, kwargs };
  node.column_name = column;
  node.file_key_name = target.key;
  node.description = description === undefined ? '' : textOf(description);
  parse(node, config, target, at, context);
  return node;
}

function argumentsOf(written: Value, at: string): { macro: string; namespace: string | null; args: ValueMap } {
  const { name, body } = split(written, at);
  const [, namespace, macro] = NAME.exec(name) ?? [];
  if (macro === undefined) throw millraceError('model.invalid', `"${name}" is not the name of a test`, { at });
  if (body !== null && !isMap(body)) {
    throw millraceError('model.invalid', `the arguments of the test ${name} are a map, not ${typeName(body)}`, { at });
  }
  const args: ValueMap = new Map(body ?? []);
  const nested = args.get('arguments');
  if (isMap(nested)) {
    args.delete('arguments');
    for (const [key, value] of nested) args.set(key, value);
  }
  return { macro, namespace: namespace ?? null, args };
}

/** `unique`, `{unique: {...}}` or `{test_name: unique, ...}`. */
function split(written: Value, at: string): { name: string; body: Value } {
  if (typeof written === 'string') return { name: written, body: null };
  if (!isMap(written))
    throw millraceError('model.invalid', `a test is a name or a map, not ${typeName(written)}`, { at });
  const named = written.get('test_name');
  if (typeof named === 'string') {
    return { name: named, body: new Map([...written].filter(([key]) => key !== 'test_name')) };
  }
  const [first, ...rest] = written;
  if (first === undefined || rest.length > 0 || typeof first[0] !== 'string') {
    throw millraceError('model.invalid', 'a test is one name with its arguments below it', {
      at,
      fix: 'Indent the arguments further than the name of the test.',
    });
  }
  return { name: first[0], body: first[1] };
}

function take(args: ValueMap, key: string): Value | undefined {
  const value = args.get(key);
  args.delete(key);
  return value === null ? undefined : value;
}

function takeConfig(args: ValueMap, at: string, context: PackageContext): Config {
  const nested = take(args, 'config');
  const config: Config = {};
  for (const key of CONFIGS) {
    const beside = take(args, key);
    const value = beside ?? (isMap(nested) ? nested.get(key) : undefined);
    if (value !== undefined && value !== null) config[key] = value;
  }
  if (isMap(nested))
    for (const [key, value] of nested) if (typeof key === 'string' && value !== null) config[key] = value;
  for (const [key, value] of Object.entries(config))
    if (typeof value === 'string') config[key] = context.render(value, at);
  return config;
}

function rawCode(macro: string, namespace: string | null, config: Config): string {
  const configs = Object.entries(config).map(([key, value]) => {
    return `${key}=${typeof value === 'string' ? `"${value.replaceAll('"', '\\"')}"` : textOf(value)}`;
  });
  const name = namespace === null ? `test_${macro}` : `${namespace}.test_${macro}`;
  const suffix = configs.length === 0 ? '' : `{{ config(${configs.join(',')}) }}`;
  return `{{ ${name}(**_dbt_generic_test_kwargs) }}${suffix}`;
}

function place(node: ManifestNode, call: Config, target: TestTarget, context: PackageContext): void {
  const levels = {
    type: 'test',
    fqn: node.fqn,
    own: context.config,
    active: context.active,
    call: Object.entries(call),
  } as const;
  node.config = configOf(levels);
  node.unrendered_config = unrenderedConfigOf(levels);
  node.config_call_dict = call;
  node.tags = [...new Set([...target.tags, ...listOf(node.config.tags).map(String)])].sort();
  node.meta = isMap(node.config.meta) ? node.config.meta : new Map();
}

/**
 * A test depends on its target, and on what its arguments name by templates or by `to: ref('...')`. Macros of tests that are not millrace's
 * own are run, for they may refer and configure themselves.
 */
function parse(node: ManifestNode, written: Config, target: TestTarget, at: string, context: PackageContext): void {
  const { name, namespace } = node.test_metadata!;
  const macro = context.parser?.testMacro(name, namespace, context.name);
  if (macro === undefined && context.parser !== undefined) {
    const wanted = namespace === null ? name : `${namespace}.${name}`;
    throw millraceError('model.reference', `there is no test ${wanted}`, {
      at,
      fix: `Write {% test ${name}(model, ...) %} in a file of macros, or install the package that has it.`,
    });
  }
  if (macro === undefined || macro.package_name === 'dbt') {
    place(node, written, target, context);
    references(node, target, at, context);
    if (macro !== undefined) node.depends_on.macros = [macro.unique_id, 'macro.dbt.get_where_subquery'];
    return;
  }
  const calls = parseTest(node, at, context);
  place(node, calls.config, target, context);
  node.refs = calls.refs;
  node.sources = calls.sources;
  node.depends_on.macros = [...new Set([macro.unique_id, ...calls.macros])];
}

function references(node: ManifestNode, target: TestTarget, at: string, context: PackageContext): void {
  if (target.ref !== undefined) node.refs.push(target.ref);
  if (target.source !== undefined) node.sources.push(target.source);
  for (const [key, value] of node.test_metadata!.kwargs) {
    if (key === 'model' || typeof value !== 'string') continue;
    const code = /^\s*(?:ref|source|var|env_var)\s*\(.+\)\s*$/s.test(value) ? `{{ ${value} }}` : value;
    const calls = parseCode(code, at, context, node);
    for (const ref of calls.refs) if (!node.refs.some((known) => sameRef(known, ref))) node.refs.push(ref);
    for (const source of calls.sources) node.sources.push(source);
  }
}

function sameRef(one: RefArgs, other: RefArgs): boolean {
  return one.name === other.name && one.package === other.package && one.version === other.version;
}
