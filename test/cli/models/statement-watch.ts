/**
 * Loaded into a `millrace` of this checkout by `--import`: notes each statement that nodes send in the file `STATEMENT_LOG`, a line of JSON for
 * each, and is killed before one that `STATEMENT_KILL` knows, a pattern of comment and statement. Locks and what is asked of the catalogue are no statements of nodes.
 */
import { appendFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { AdapterSession, Remark } from '../../../transforms/adapter/adapter.ts';
import { DuckSession } from '../../../transforms/adapter/duckdb-session.ts';
import { SqlSession } from '../../../transforms/adapter/sql-session.ts';

/** A line of the log. */
export interface Sent {
  /** The text of the query comment; undefined before a node's first. */
  readonly remark?: string;
  readonly sql: string;
  /** The `sql_mode` where it is not the session's own. */
  readonly modes?: string;
  /** What `fill` fills; the statement is its query. */
  readonly into?: string;
}

/** What the environment of a run needs for it. */
export function watching(log: string, kill?: RegExp): Record<string, string> {
  const loaded = `--import=${pathToFileURL(import.meta.filename).href}`;
  return { NODE_OPTIONS: loaded, STATEMENT_LOG: log, ...(kill && { STATEMENT_KILL: kill.source }) };
}

const { STATEMENT_LOG: log, STATEMENT_KILL: kill } = process.env;
const remarks = new WeakMap<AdapterSession, Remark | undefined>();
const wanted = new WeakMap<AdapterSession, string | undefined>();

function note(session: AdapterSession, sql: string, into?: string): void {
  const remark = remarks.get(session)?.text;
  const modes = wanted.get(session);
  const sent: Sent = {
    ...(remark !== undefined && { remark }),
    sql,
    ...(modes !== undefined && { modes }),
    ...(into !== undefined && { into }),
  };
  appendFileSync(log!, `${JSON.stringify(sent)}\n`);
  if (kill !== undefined && new RegExp(kill).test(`${remark}\n${sql}`)) process.kill(process.pid, 'SIGKILL');
}

function watch(prototype: AdapterSession): void {
  const { execute, fill, remark, setModes } = prototype;
  Object.assign(prototype, {
    async execute(this: AdapterSession, ...given: Parameters<typeof execute>) {
      note(this, given[0]);
      return await execute.apply(this, given);
    },
    async fill(this: AdapterSession, ...given: Parameters<typeof fill>) {
      // DuckDB's is a statement, which is noted as such.
      if (this.adapter.type !== 'duckdb') note(this, given[2], given[0].identifier);
      return await fill.apply(this, given);
    },
    setModes(this: AdapterSession, modes: string | undefined) {
      wanted.set(this, modes);
      setModes.call(this, modes);
    },
    remark(this: AdapterSession, said: Remark | undefined) {
      remarks.set(this, said);
      remark.call(this, said);
    },
  });
}

if (log !== undefined) for (const { prototype } of [SqlSession, DuckSession]) watch(prototype);
