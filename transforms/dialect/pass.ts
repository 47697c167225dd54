import type { MillraceError } from '../../connectors/contract/index.ts';
import type { TokenList } from './token-list.ts';

/** A server whose own dialect is not the standard one. */
export type DialectServer = 'tidb' | 'mysql' | 'mariadb';

/** A statement on its way through the rules. */
export interface Pass {
  readonly list: TokenList;
  readonly server: DialectServer;
  /** `model.dialect` at a place: `what` is refused with its reason, `fix` says how else to write it. */
  refused(place: number, what: string, fix: string): MillraceError;
}

/** A line of the list that `docs/dialect.md` shows. */
export interface Rule {
  readonly title: string;
  readonly says: string;
  /** Whole statements whose rows are the same here as unchanged on DuckDB. */
  readonly examples: readonly string[];
  readonly apply?: (pass: Pass) => void;
}
