import { millraceError } from '../../connectors/contract/index.ts';
import { quoteText } from '../../connectors/sql/index.ts';
import type { AdapterSession } from '../adapter/adapter.ts';
import { nameRules, type RelationName, renderRelation } from '../adapter/relation.ts';
import { textOf } from '../project/python-text.ts';
import type { Value } from '../project/value.ts';
import { ConfigReader } from './config-read.ts';
import { relationOf } from './model-build.ts';
import type { NodeWork } from './node-work.ts';

/** A right on a table, and whose it is: `'user'@'host'`. */
interface Grant {
  readonly privilege: string;
  readonly grantee: string;
}

/**
 * Brings the rights on what a node made to those of its `grants`: what lacks is granted, what is there beyond is revoked, as dbt does. A node
 * without `grants` keeps what it has. Rights are by the table's name here, so that a table which is swapped in has those of the one before. On
 * DuckDB there are none. @throws MillraceError `model.invalid`
 */
export async function applyGrants(work: NodeWork): Promise<void> {
  const { node, adapter } = work;
  if (adapter.type === 'duckdb') return;
  const config = new ConfigReader(node);
  const told = config.map('grants');
  if (told.size === 0) return;
  const wanted = [...told].flatMap(([privilege, to]) => {
    return namesIn(to).map((name) => ({ privilege: privilegeOf(work, textOf(privilege)), grantee: granteeOf(name) }));
  });
  const session = await work.session();
  const relation = relationOf(node, adapter.database);
  const on = renderRelation(relation, nameRules(adapter.type));
  const there = await grantsOn(session, relation);
  for (const { privilege, grantee } of without(there, wanted)) {
    await session.execute(`revoke ${privilege} on ${on} from ${grantee}`);
  }
  for (const { privilege, grantee } of without(wanted, there)) {
    await session.execute(`grant ${privilege} on ${on} to ${grantee}`);
  }
}

/** By the table that all three servers keep them in: the views of INFORMATION_SCHEMA are empty on TiDB. */
async function grantsOn(session: AdapterSession, { schema, identifier }: RelationName): Promise<Grant[]> {
  const { table } = await session.execute(
    `select User, Host, cast(Table_priv as char) from mysql.tables_priv where Db = ${quoteText(schema)} and Table_name = ${quoteText(identifier)}`,
    { fetch: true },
  );
  return (table?.rows ?? []).flatMap(([user, host, privileges]) => {
    const grantee = `${quoteText(String(user))}@${quoteText(String(host))}`;
    return String(privileges)
      .split(',')
      .filter((privilege) => privilege !== '' && privilege !== 'Grant')
      .map((privilege) => ({ privilege: privilege.toLowerCase(), grantee }));
  });
}

function without(grants: readonly Grant[], others: readonly Grant[]): Grant[] {
  const known = new Set(others.map(textOfGrant));
  return grants.filter((grant) => !known.has(textOfGrant(grant)));
}

const textOfGrant = ({ privilege, grantee }: Grant) => `${privilege} ${grantee}`;

function namesIn(to: Value): string[] {
  return (Array.isArray(to) ? to : [to]).map((name) => textOf(name ?? ''));
}

/** `reader`, `reader@host` and `'reader'@'host'`; without a host it is the user from everywhere. */
function granteeOf(name: string): string {
  const [, user, host = '%'] = /^['"`]?(.*?)['"`]?(?:@['"`]?([^@]*?)['"`]?)?$/s.exec(name) ?? [];
  return `${quoteText(user ?? name)}@${quoteText(host)}`;
}

function privilegeOf({ node }: NodeWork, name: string): string {
  if (/^[a-z]+( [a-z]+)*$/i.test(name)) return name.toLowerCase();
  throw millraceError('model.invalid', `${node.name}: ${JSON.stringify(name)} under \`grants\` is no privilege`, {
    at: node.original_file_path,
    fix: 'Name one that the server knows, e.g. `select`.',
  });
}
