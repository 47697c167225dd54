import type { Finding, StreamName, StreamSchema } from '../contract/index.ts';
import { streamText } from '../contract/index.ts';
import type { Dialect } from '../types/index.ts';

/** Why a server cannot hold a name as a table's, database's or column's; undefined: it can. */
export function whyNotName(name: string, dialect: Dialect): string | undefined {
  if (name === '') return 'a name may not be empty';
  if (name.includes('\0')) return 'a name may not hold a zero byte';
  if (name.endsWith(' ')) return 'a name may not end with a space';
  const length = [...name].length;
  if (length > 64) return `a name may have 64 characters and this one has ${length}`;
  // MySQL turns each into `?` without a word, so that two names may become one.
  if (dialect !== 'tidb' && /[\u{10000}-\u{10ffff}]/u.test(name)) {
    return 'names of this server may not hold characters outside the Basic Multilingual Plane, such as emoji';
  }
  return undefined;
}

/**
 * Why a server cannot hold a name as a table's. MySQL and MariaDB keep each table in a file whose name spells other characters than
 * letters, digits and `_` in five bytes (`@65e5`), of 255; some letters take three, so a name is refused only where it cannot fit at all.
 */
export function whyNotTableName(name: string, dialect: Dialect): string | undefined {
  const why = whyNotName(name, dialect);
  if (why !== undefined || dialect === 'tidb') return why;
  const bytes = [...name].reduce(
    (sum, char) => sum + (/\w/.test(char) ? 1 : /[\x20-\x7e\u3000-\ud7ff]/.test(char) ? 5 : 3),
    0,
  );
  return bytes <= fileNameBytes ? undefined : `its file name would have ${bytes} bytes and may have ${fileNameBytes}`;
}

/** 255 without `.ibd`. */
const fileNameBytes = 251;

/** Names of a table and its columns that the server cannot hold, or cannot tell apart. */
export function nameFindings(schema: StreamSchema, dialect: Dialect): Finding[] {
  const { stream, columns } = schema;
  const finding = refusal(streamText(stream));
  const unusable = [
    ...[whyNotName(stream.namespace, dialect)].map((why) => ({ name: stream.namespace, why })),
    ...[whyNotTableName(stream.name, dialect)].map((why) => ({ name: stream.name, why })),
    ...columns.map(({ name }) => ({ name, why: whyNotName(name, dialect) })),
  ];
  return [
    ...unusable.flatMap(({ name, why }) =>
      why === undefined ? [] : [finding(`${JSON.stringify(name)} cannot be a name here: ${why}`)],
    ),
    ...sameFolded(columns.map((column) => column.name)).map((names) =>
      finding(`columns ${names.join(' and ')} differ by case only, which this server does not see`),
    ),
  ];
}

/** Targets whose names differ by case only, where the server takes them for one table. Equal names are meant to be one: shards. */
export function tableClashes(tables: readonly StreamName[], foldsNames: boolean): Finding[] {
  if (!foldsNames) return [];
  const distinct = [...new Map(tables.map((table) => [JSON.stringify([table.namespace, table.name]), table])).values()];
  const groups = Map.groupBy(distinct, ({ namespace, name }) => JSON.stringify([namespace, name]).toLowerCase());
  return [...groups.values()].filter((group) => group.length > 1).map((group) => clash(group.map(streamText)));
}

function clash(names: readonly string[]): Finding {
  return {
    severity: 'error',
    code: 'config.target-clash',
    side: 'destination',
    at: names[0]!,
    message: `tables ${names.join(' and ')} are one table at the destination, which does not tell names apart by case`,
    fix: 'Give one of them another `target`, or a `shard` column where they are parts of one table.',
  };
}

function sameFolded(names: readonly string[]): string[][] {
  return [...Map.groupBy(names, (name) => name.toLowerCase()).values()].filter((group) => group.length > 1);
}

function refusal(at: string): (message: string) => Finding {
  return (message) => ({
    severity: 'error',
    code: 'schema.refused',
    side: 'destination',
    at,
    message,
    fix: 'Give the stream another `target`, or leave the column out with `exclude_columns`.',
  });
}
