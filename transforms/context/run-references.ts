import { millraceError } from '../../connectors/contract/index.ts';
import { BuiltinFunction, type Kwargs, type Value } from '../jinja/value/object.ts';
import { textOf } from '../jinja/value/text.ts';
import { momentSql } from '../microbatch/span.ts';
import { refOf } from '../project/code-parse.ts';
import type { ManifestNode, SourceNode } from '../project/manifest.ts';
import { isMap, type Value as ProjectValue } from '../project/value.ts';
import { cteName } from './ephemeral.ts';
import { type Policy, QUOTE_ALL, RelationObject } from './relation.ts';
import type { RunContext } from './run-context.ts';
import { fromTemplate } from './value.ts';

/** `ref(...)` in a run: the relation of a node that was found while parsing. */
export function runRef(context: RunContext): Value {
  return new BuiltinFunction('ref', (args, kwargs) => referred(context, args, kwargs), 'function');
}

function referred(context: RunContext, args: readonly Value[], kwargs: Kwargs): Value {
  const { session, node, own } = context;
  const names = new Map([...kwargs].map(([key, value]) => [key, fromTemplate(value)]));
  const ref = refOf(args.map(fromTemplate), names, placeOf(node));
  const [found, ...others] = session.references.find(ref, own);
  if (found === undefined || others.length > 0) {
    const message =
      found === undefined ? `there is no model, seed or snapshot "${ref.name}"` : `several packages have "${ref.name}"`;
    throw millraceError('model.reference', message, { at: placeOf(node) });
  }
  checkKnown(context, found.unique_id, `ref('${found.name}')`);
  if (found.config.materialized === 'ephemeral') {
    context.ctes.add(found.unique_id);
    return cteRelation(context, cteName(found.alias)).with({ filter: filterOf(context, found) });
  }
  const place = session.options.deferred?.(found) ?? found;
  const { database, schema, alias: identifier } = place;
  return relation(context, {
    database,
    schema,
    identifier,
    quote: quoting(session.project.config.quoting),
    limit: session.options.limit ?? null,
    filter: filterOf(context, found),
  });
}

/** The condition on rows of what is referred to: those of the batch, and of the sample. */
function filterOf({ session, request, facts, node }: RunContext, target: ManifestNode | SourceNode): string | null {
  const column = target.config.event_time;
  const spans = [request.batch, session.options.sample].filter((span) => span !== undefined);
  if (typeof column !== 'string' || spans.length === 0) return null;
  if (node?.resource_type !== 'model' && node?.resource_type !== 'snapshot') return null;
  const isQuoted = target.columns[column]?.quote ?? false;
  const name = isQuoted ? new RelationObject(facts.style, { identifier: null }).quoted(column) : column;
  const start = new Date(Math.max(...spans.map((span) => span.start.getTime())));
  const end = new Date(Math.min(...spans.map((span) => span.end.getTime())));
  const isDuckdb = facts.target.type === 'duckdb';
  return `${name} >= ${momentSql(start, isDuckdb)} and ${name} < ${momentSql(end, isDuckdb)}`;
}

/** What stands before the code of who refers to it. */
export function cteRelation(context: RunContext, identifier: string): RelationObject {
  const quote = { ...QUOTE_ALL, identifier: false };
  return relation(context, { database: null, schema: null, identifier, type: 'cte', quote });
}

function relation(context: RunContext, fields: ConstructorParameters<typeof RelationObject>[1]): RelationObject {
  return new RelationObject(context.facts.style, fields);
}

/** Parsing has found all that is referred to: else nodes would run before what they need. */
function checkKnown({ node }: RunContext, id: string, call: string): void {
  if (node === undefined || node.resource_type === 'operation' || node.depends_on.nodes.includes(id)) return;
  throw millraceError(
    'model.reference',
    `${node.name} calls ${call} only when it runs, so that its place in the order is not known`,
    {
      at: placeOf(node),
      fix: `Add a line to its code that says so:  -- depends_on: {{ ${call} }}`,
    },
  );
}

function placeOf(node: ManifestNode | undefined): string {
  return node?.original_file_path ?? 'an operation';
}

/** `source(...)` in a run. */
export function runSource(context: RunContext): Value {
  return new BuiltinFunction(
    'source',
    (args) => {
      const [source, table] = args.map((arg) => textOf(arg));
      const { session, node, own } = context;
      const id = args.length === 2 ? session.references.findSource(source!, table!, own) : undefined;
      const found = id === undefined ? undefined : session.project.manifest.sources.get(id);
      if (found === undefined) {
        throw millraceError('model.reference', `there is no source('${args.map((arg) => textOf(arg)).join("', '")}')`, {
          at: placeOf(node),
        });
      }
      checkKnown(context, found.unique_id, `source('${source}', '${table}')`);
      return relation(context, {
        ...sourcePlace(found),
        quote: quoting(session.project.config.quoting, found.quoting),
        limit: session.options.limit ?? null,
        filter: filterOf(context, found),
      });
    },
    'function',
  );
}

function sourcePlace({ database, schema, identifier }: SourceNode) {
  return { database, schema, identifier };
}

/** Which parts of a name are quoted: all, where nothing else is said. */
function quoting(...levels: ProjectValue[]): Policy {
  const policy = { ...QUOTE_ALL };
  for (const level of levels) {
    if (!isMap(level)) continue;
    for (const part of ['database', 'schema', 'identifier'] as const) {
      const value = level.get(part);
      if (typeof value === 'boolean') policy[part] = value;
    }
  }
  return policy;
}
