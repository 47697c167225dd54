import { millraceError } from '../../connectors/contract/index.ts';
import type { ResultColumn } from '../adapter/adapter.ts';
import { relationText } from '../adapter/relation.ts';
import type { Build } from './build.ts';

/**
 * Holds a query to the names of an enforced contract; types are held by the table that is made from it, whose columns refuse what they cannot
 * hold. @throws MillraceError `model.contract`
 */
export function checkContract({ contract, relation }: Build, columns: readonly ResultColumn[]): void {
  if (contract === undefined) return;
  const lower = (name: string) => name.toLowerCase();
  const given = new Set(columns.map(({ name }) => lower(name)));
  const said = new Set(contract.columns.map(({ name }) => lower(name)));
  const missing = contract.columns.filter(({ name }) => !given.has(lower(name))).map(({ name }) => name);
  const unknown = columns.filter(({ name }) => !said.has(lower(name))).map(({ name }) => name);
  if (missing.length === 0 && unknown.length === 0) return;
  const parts = [
    ...(missing.length === 0 ? [] : [`the query does not give ${missing.join(', ')}`]),
    ...(unknown.length === 0 ? [] : [`the contract does not name ${unknown.join(', ')}`]),
  ];
  throw millraceError('model.contract', `${relationText(relation)}: ${parts.join('; ')}`, {
    at: relationText(relation),
  });
}
