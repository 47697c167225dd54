import { millraceError } from '../../connectors/contract/index.ts';
import { type Config, mergeConfig } from './config-merge.ts';
import { callLiterals } from './literal-template.ts';
import type { PackageContext } from './load-context.ts';
import type { ManifestNode, RefArgs } from './manifest.ts';
import { textOf } from './python-text.ts';
import type { ParseRequest } from './renderer.ts';
import { isMap, type Value } from './value.ts';

/** What the code of a node calls. */
export interface CodeCalls {
  readonly refs: RefArgs[];
  readonly sources: (readonly [string, string])[];
  readonly config: Config;
  /** Unique ids of the macros that were used. */
  readonly macros: readonly string[];
}

/**
 * Finds `ref`, `source` and `config` in code; code that calls nothing else is not given to the engine. `node` is what the code is of.
 * @throws MillraceError
 */
export function parseCode(code: string, at: string, context: PackageContext, node?: ManifestNode): CodeCalls {
  const calls = { refs: [] as RefArgs[], sources: [] as (readonly [string, string])[], config: {} as Config };
  if (!hasTemplate(code)) return { ...calls, macros: [] };
  const functions = recorders(calls, at);
  const { parser } = context;
  if (parser?.readsLiterally(context.name) !== false && callLiterals(code, { ...context.lookups, ...functions })) {
    return { ...calls, macros: [] };
  }
  if (parser === undefined) {
    throw millraceError('project.template', 'this code can not be read without the template engine', { at });
  }
  return context.cache.calls(code, context.name, node ?? {}, () => {
    let repeatable = isWithoutChance(code);
    const changing = () => {
      repeatable = false;
    };
    const macros = parser.parse({ code, at, own: context.name, node, calls: functions, changing });
    return { calls: { ...calls, macros }, repeatable };
  });
}

/** The one filter that gives another value each time is not in the code. */
export function isWithoutChance(code: string): boolean {
  return !/\|\s*random\b|['"]random['"]/.test(code);
}

function hasTemplate(code: string): boolean {
  return code.includes('{{') || code.includes('{%') || code.includes('{#');
}

/** The same for a test with arguments, which are templates themselves. @throws MillraceError */
export function parseTest(node: ManifestNode, at: string, context: PackageContext): CodeCalls {
  const calls = { refs: [] as RefArgs[], sources: [] as (readonly [string, string])[], config: {} as Config };
  return context.cache.calls(node.raw_code, context.name, node, () => {
    let repeatable = true;
    const changing = () => {
      repeatable = false;
    };
    const request = { code: node.raw_code, at, own: context.name, node, calls: recorders(calls, at), changing };
    const macros = context.parser?.parseTest(request) ?? [];
    return { calls: { ...calls, macros }, repeatable };
  });
}

function recorders(calls: Pick<CodeCalls, 'refs' | 'sources' | 'config'>, at: string): ParseRequest['calls'] {
  return {
    ref(args, kwargs) {
      const ref = refOf(args, kwargs, at);
      const known = ({ name, package: from, version }: RefArgs) =>
        name === ref.name && from === ref.package && version === ref.version;
      if (!calls.refs.some(known)) calls.refs.push(ref);
      return null;
    },
    source(args) {
      if (args.length !== 2 || !args.every((arg) => typeof arg === 'string')) {
        throw millraceError('model.invalid', 'source() takes the names of a source and of its table', { at });
      }
      const [source, table] = args as [string, string];
      if (!calls.sources.some(([one, other]) => one === source && other === table)) calls.sources.push([source, table]);
      return null;
    },
    config(args, kwargs) {
      const [first] = args;
      mergeConfig(calls.config, isMap(first) ? ([...first] as [string, Value][]) : []);
      mergeConfig(calls.config, kwargs);
      return '';
    },
  };
}

/** `ref('model')`, `ref('package', 'model')`, each with `v=` or `version=`. @throws MillraceError `model.invalid` */
export function refOf(args: readonly Value[], kwargs: ReadonlyMap<string, Value>, at: string): RefArgs {
  const names = args.filter((arg) => typeof arg === 'string');
  if (args.length === 0 || args.length > 2 || names.length < args.length) {
    throw millraceError('model.invalid', 'ref() takes the name of a model, or of a package and a model', { at });
  }
  const version = kwargs.get('version') ?? kwargs.get('v') ?? null;
  const plain = typeof version === 'number' || typeof version === 'string' || version === null;
  return {
    name: names.at(-1)!,
    package: names.length === 2 ? names[0]! : null,
    version: plain ? version : textOf(version),
  };
}

const REF = /^\s*(ref|source)\s*\((.*)\)\s*$/s;

/** A reference that stands as text in a YAML file: `ref('orders', v=2)`, `source('till', 'orders')`. @throws MillraceError */
export function parseReference(text: string, at: string, context: PackageContext): CodeCalls {
  const bare = text.replace(/^\s*\{\{|\}\}\s*$/g, '');
  if (!REF.test(bare)) {
    throw millraceError('model.invalid', `"${text}" is neither ref(...) nor source(...)`, { at });
  }
  return parseCode(`{{ ${bare} }}`, at, context);
}
