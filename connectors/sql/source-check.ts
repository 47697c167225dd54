import {
  type Finding,
  loadedColumns,
  millraceError,
  type ReadRequest,
  type StreamRequest,
  type StreamSchema,
  streamText,
} from '../contract/index.ts';
import { sourceNeeds } from './grants.ts';
import type { Run } from './introspect-run.ts';
import { missingPrivileges, needText } from './privilege.ts';
import type { ServerInfo } from './server.ts';

type Look = (schema: StreamSchema, request: StreamRequest, isThrottled: boolean) => Finding[];

/** What can be said of each table by itself. */
const looks: readonly Look[] = [unknownTypes, unordered, protectedKey, doubtfulCursor];

/** Everything wrong or doubtful about reading these tables; `schemas` are the tables' own, in order of the request's streams. */
export async function checkSource(
  run: Run,
  info: ServerInfo,
  { streams, pace }: ReadRequest,
  schemas: readonly StreamSchema[],
): Promise<Finding[]> {
  const tables = schemas.map((schema) => schema.stream);
  const missing = await missingPrivileges(run, sourceNeeds(info.dialect, 'full', tables));
  return [
    found('ok', 'connect', `${info.flavour} ${info.version}`),
    ...missing.map((need) =>
      found('error', 'privilege.missing', `the user lacks ${needText(need)}`, {
        fix: 'Run what `millrace grants` prints, as an administrator.',
      }),
    ),
    ...schemas.flatMap((schema, i) => looks.flatMap((look) => look(schema, streams[i]!, pace !== undefined))),
  ];
}

function found(
  severity: Finding['severity'],
  code: string,
  message: string,
  more: { fix?: string; at?: string } = {},
): Finding {
  return { severity, code, side: 'source', message, ...more };
}

function unknownTypes(schema: StreamSchema, request: StreamRequest): Finding[] {
  const left = new Set(request.exclude ?? []);
  const taken = (name: string) =>
    request.takeAs?.[name] !== undefined || request.protect?.[name] !== undefined || left.has(name);
  const wanted = (name: string) => request.columns?.includes(name) ?? true;
  return loadedColumns(schema)
    .filter(({ type, name }) => type.kind === 'unknown' && wanted(name) && !taken(name))
    .map(({ name, native }) =>
      found(
        'error',
        'type.unsupported',
        `${streamText(schema.stream)}.${name} is ${native}, which is not carried exactly`,
        {
          at: `${streamText(schema.stream)}.${name}`,
          fix: `Leave it out (\`exclude_columns: [${name}]\`) or take it as it is (\`take_as: { ${name}: bytes }\`).`,
        },
      ),
    );
}

/** Throws `type.unsupported` with the names of all columns of unknown types that were asked for, of all tables. */
export function requireKnownTypes(
  asked: readonly { readonly schema: StreamSchema; readonly request: StreamRequest }[],
): void {
  const unknown = asked.flatMap(({ schema, request }) => unknownTypes(schema, request));
  const [first] = unknown;
  if (first === undefined) return;
  const message = unknown.map((finding) => finding.message).join('; ');
  throw millraceError('type.unsupported', message, { at: first.at!, fix: first.fix! });
}

function unordered(schema: StreamSchema, _: StreamRequest, isThrottled: boolean): Finding[] {
  if (schema.key !== undefined) return [];
  const at = streamText(schema.stream);
  const cost = isThrottled ? ', by one statement that stays open for as long as the throttle makes it take' : '';
  return [
    found(
      'warning',
      'source.unordered',
      `${at} has no primary key: where it cannot be paged by a row id it is read in one go${cost}`,
      { at },
    ),
  ];
}

function protectedKey(schema: StreamSchema, { protect = {} }: StreamRequest): Finding[] {
  const names = (schema.key ?? []).filter((name) => protect[name] !== undefined);
  const at = streamText(schema.stream);
  return names.map((name) =>
    protect[name]!.kind === 'mask'
      ? found('error', 'config.invalid', `${at}.${name} is part of the key: masked, all rows would be one`, {
          at: `${at}.${name}`,
          fix: 'Hash it instead.',
        })
      : found('ok', 'source.key-hashed', `${at}.${name} is part of the key and is hashed`, { at: `${at}.${name}` }),
  );
}

function doubtfulCursor(schema: StreamSchema, { cursor }: StreamRequest): Finding[] {
  const column = schema.columns.find(({ name }) => name === cursor);
  if (column === undefined) return [];
  const at = `${streamText(schema.stream)}.${column.name}`;
  const leads = [schema.key?.[0], ...(schema.indexes ?? []).map(({ parts: [first] }) => first?.column)];
  return [
    ...(column.nullable
      ? [
          found('warning', 'cursor.nullable', `${at} may be NULL: rows that stay NULL are read in the first run only`, {
            at,
          }),
        ]
      : []),
    ...(leads.includes(column.name)
      ? []
      : [found('warning', 'cursor.unindexed', `no index begins with ${at}: every run scans the table`, { at })]),
  ];
}
