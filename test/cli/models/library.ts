import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { millrace } from '../command-line.ts';
import { type ReadTable, without } from './read-table.ts';
import { copyShop } from './shop.ts';

export const LIBRARY = join(import.meta.dirname, '../../../examples/town-library');

/** The builds of two days: on the second there are new loans, other prices and columns, and a member has left. */
export const DAYS: readonly (readonly string[])[] = [['seed'], ['build'], ['build', '--vars', "{as_of: '2024-06-30'}"]];

/** What each node came to on each day, by its unique id: `success`, `warn 3`. */
export type Statuses = readonly Readonly<Record<string, string>>[];

export function copyLibrary(folder: string): void {
  copyShop(folder, LIBRARY);
}

export async function buildLibrary(folder: string): Promise<Statuses> {
  const statuses = [];
  for (const words of DAYS) {
    const told = await millrace(folder, words);
    assert.equal(told.code, 0, told.err);
    statuses.push(statusesOf(JSON.parse(readFileSync(join(folder, 'target/run_results.json'), 'utf8'))));
  }
  return statuses;
}

interface Results {
  readonly results: readonly Readonly<Record<string, unknown>>[];
}

/** dbt lists what does nothing, such as exposures, with `no-op`. */
export function statusesOf({ results }: Results): Readonly<Record<string, string>> {
  const run = results.filter(({ status }) => status !== 'no-op');
  return Object.fromEntries(
    run.map(({ unique_id, status, failures }) => [String(unique_id), failures ? `${status} ${failures}` : `${status}`]),
  );
}

const HISTORIES = ['library__history.loan_states', 'library__history.member_history'];

/** Without the moments at which a build looked, and the ids that hold them; `ids`: without all ids, which are no md5() on servers. */
export function still(tables: Record<string, ReadTable>, { ids = false } = {}): Record<string, ReadTable> {
  const moving = ['dbt_scd_id', 'dbt_updated_at', 'dbt_valid_from', 'dbt_valid_to'];
  const leftOut = Object.fromEntries(HISTORIES.map((name) => [name, moving]));
  // A price that is gone ends when that is seen.
  const prices = ['valid_to', ...(ids ? ['history_id'] : [])];
  return without(tables, { ...leftOut, 'library__history.price_history': prices });
}
