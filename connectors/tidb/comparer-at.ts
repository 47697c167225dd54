import type { Comparer } from '../contract/index.ts';
import { type Moment, sqlComparer } from '../sql/index.ts';
import type { TableCost } from './scan-meter.ts';

/** Tables as they are at a moment. */
export function comparerAt({ view }: Pick<Moment, 'view'>): Comparer {
  return sqlComparer({ dialect: async () => 'tidb', view });
}

/** A comparer whose reading is counted. */
export function metered(comparer: Comparer, cost: TableCost): Comparer {
  return {
    ...comparer,
    async digests(...words) {
      const digests = await comparer.digests(...words);
      cost.scan(digests.reduce((sum, { rows }) => sum + rows, 0));
      return digests;
    },
    async *rows(...words) {
      for await (const rows of comparer.rows(...words)) {
        cost.hashes += rows.length;
        yield rows;
      }
    },
    async *texts(...words) {
      for await (const rows of comparer.texts!(...words)) {
        cost.fetched += rows.length;
        yield rows;
      }
    },
  };
}
