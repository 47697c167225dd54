import type { StreamName } from '../contract/index.ts';
import { addedColumns } from './binlog-added.ts';
import { type Token, tokens, Words } from './sql-words.ts';

/**
 * What a statement of the log does to tables. `shape`: their columns or indexes change, and rows stay as they are or get a value that the
 * statement tells; `emptied`: they have no rows; `replaced`: they are gone, or are other tables; `lost`: what it does to rows cannot be told
 * from the log.
 */
export interface StatementEffect {
  readonly effect: 'shape' | 'emptied' | 'replaced' | 'lost';
  readonly tables: readonly StreamName[];
  /** Databases that are gone with all tables. */
  readonly database?: string;
  /** In words, e.g. `TRUNCATE`. */
  readonly what: string;
  /** Columns that were added, and what rows that were there got in them; undefined: it cannot be told. */
  readonly added?: ReadonlyMap<string, string | null | undefined>;
  /** Columns that were declared anew: rows keep their values only where the new type holds all of the old one. */
  readonly modified?: readonly string[] | 'all';
}

/** Statements that are logged as text only where rows are not. */
const dml = new Set(['INSERT', 'UPDATE', 'DELETE', 'REPLACE', 'LOAD', 'CALL', 'WITH']);

/** Undefined: nothing that matters to rows of base tables. `database`: the default one. */
export function statementEffect(sql: string, database: string): StatementEffect | undefined {
  const words = new Words(tokens(sql), database);
  const verb = words.word();
  if (verb === 'ALTER') return alter(words);
  if (verb === 'CREATE') return create(words);
  if (verb === 'DROP') return drop(words);
  if (verb === 'RENAME' && words.skip('TABLE', 'TABLES'))
    return { effect: 'replaced', tables: words.names(), what: 'RENAME TABLE' };
  if (verb === 'TRUNCATE') {
    words.skip('TABLE');
    return { effect: 'emptied', tables: words.firstName(), what: 'TRUNCATE' };
  }
  if (verb === 'ROLLBACK') return { effect: 'lost', tables: [], what: 'ROLLBACK' };
  if (dml.has(verb)) return { effect: 'lost', tables: words.names(), what: `${verb} logged as a statement` };
  return undefined;
}

function create(words: Words): StatementEffect | undefined {
  const replaces = words.skip('OR') && words.skip('REPLACE');
  words.skip('UNIQUE', 'FULLTEXT', 'SPATIAL');
  if (words.skip('INDEX')) return { effect: 'shape', tables: words.namesAfter('ON'), what: 'CREATE INDEX' };
  if (!replaces || !words.skip('TABLE')) return undefined;
  return { effect: 'replaced', tables: words.firstName(), what: 'CREATE OR REPLACE TABLE' };
}

function drop(words: Words): StatementEffect | undefined {
  if (words.skip('INDEX')) return { effect: 'shape', tables: words.namesAfter('ON'), what: 'DROP INDEX' };
  if (words.skip('TABLE', 'TABLES')) return { effect: 'replaced', tables: words.names(), what: 'DROP TABLE' };
  if (!words.skip('DATABASE', 'SCHEMA')) return undefined;
  const [name] = words.firstName();
  return { effect: 'replaced', tables: [], database: name?.name ?? '', what: 'DROP DATABASE' };
}

function alter(words: Words): StatementEffect | undefined {
  words.skip('ONLINE', 'OFFLINE');
  // MariaDB's ALTER IGNORE drops rows that a new unique key does not bear.
  const drops = words.skip('IGNORE');
  if (!words.skip('TABLE')) return undefined;
  const tables = words.firstName();
  if (drops) return { effect: 'lost', tables, what: 'ALTER IGNORE TABLE' };
  const actions = words.actions();
  const lost = actions.find(losesRows);
  if (lost === undefined) {
    return {
      effect: 'shape',
      tables,
      what: 'ALTER TABLE',
      added: addedColumns(actions),
      modified: modifiedColumns(actions),
    };
  }
  const what = text(lost);
  const renames = /^RENAME (?!COLUMN)/i.test(what);
  const others = renames || /^EXCHANGE/i.test(what) ? words.names() : [];
  const effect = renames && actions.filter(losesRows).length === 1 ? 'replaced' : 'lost';
  return { effect, tables: [...tables, ...others], what: `ALTER TABLE ... ${what}` };
}

/** `MODIFY [COLUMN] [IF EXISTS] name ...`, and `CONVERT TO CHARACTER SET`, which is about all texts. */
function modifiedColumns(actions: readonly (readonly Token[])[]): readonly string[] | 'all' {
  const words = (action: readonly Token[]) =>
    action.map(({ kind, text: word }) => (kind === 'word' ? word.toUpperCase() : ''));
  if (actions.some((action) => words(action)[0] === 'CONVERT')) return 'all';
  return actions.flatMap((action) => {
    const [first, ...rest] = words(action);
    if (first !== 'MODIFY') return [];
    const at = 1 + (rest[0] === 'COLUMN' ? 1 : 0);
    const name = action[words(action)[at] === 'IF' ? at + 2 : at];
    return name === undefined ? [] : [name.text];
  });
}

/** What DROP and RENAME may be followed by without touching columns. */
const harmless = new Set(['INDEX', 'KEY', 'FOREIGN', 'CONSTRAINT', 'CHECK']);
const lossy = new Set(['CHANGE', 'EXCHANGE', 'TRUNCATE', 'DISCARD', 'IMPORT', 'REORGANIZE', 'COALESCE']);
/** Rows that are there get a value that only the server knows. */
const unknownDefault =
  /\bDEFAULT \(|\b(?:CURRENT_TIMESTAMP|NOW|LOCALTIME|LOCALTIMESTAMP|AUTO_INCREMENT|UUID|NEXTVAL|NEXT)\b/;

/** An action of ALTER TABLE after which columns do not mean what they did, or rows have values that the statement does not tell. */
function losesRows(action: readonly Token[]): boolean {
  const [first, second] = action.map((token) => (token.kind === 'word' ? token.text.toUpperCase() : ''));
  if (first === 'DROP' || first === 'RENAME') return !harmless.has(second ?? '');
  if (first === 'ADD') return !harmless.has(second ?? '') && unknownDefault.test(text(action).toUpperCase());
  return lossy.has(first ?? '');
}

function text(action: readonly Token[]): string {
  return action.map((token) => token.text).join(' ');
}
