import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StreamSchema } from '../../connectors/contract/index.ts';
import {
  emptyStatement,
  insertRow,
  insertStatement,
  type LoadPlan,
  loadStatement,
} from '../../connectors/sql/load-statement.ts';
import { type LoadTarget, loadMethod } from '../../connectors/sql/load-target.ts';

const schema: StreamSchema = {
  stream: { namespace: 'shop', name: 'orders' },
  columns: [
    { name: 'i`d', type: { kind: 'integer', bits: 32, unsigned: false }, nullable: false },
    { name: 'b', type: { kind: 'bit', width: 8 }, nullable: true },
    {
      name: 'g',
      type: { kind: 'integer', bits: 32, unsigned: false },
      nullable: true,
      generated: { sql: '1', stored: true },
    },
  ],
  key: ['i`d'],
};
const table = { namespace: 'shop', name: 't' };
const plan = (changes: Partial<LoadPlan> = {}, target: Partial<LoadTarget> = {}): LoadPlan => ({
  target: { table, write: 'upsert', ...target },
  schema,
  method: 'replace',
  dialect: 'mysql',
  rowAlias: true,
  ...changes,
});

describe('load statements', () => {
  it('load fields into columns, through variables where the text is not the value, never generated ones', () => {
    assert.equal(
      loadStatement(plan({}, { constant: { column: 'shard', value: "it's" }, write: 'soft_delete' })),
      "LOAD DATA LOCAL INFILE 'millrace-rows' REPLACE INTO TABLE `shop`.`t` CHARACTER SET binary " +
        "FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' (`i``d`, @c1) " +
        "SET `b` = CAST(@c1 AS UNSIGNED), `shard` = 'it''s', `_millrace_deleted_at` = NULL",
    );
    assert.doesNotMatch(loadStatement(plan({ method: 'insert' })), /REPLACE/);
  });

  it('update by a row alias where the server has it, else by VALUES()', () => {
    const update = plan({ method: 'update' });
    const row = insertRow(update, ['7', null]);
    assert.equal(row, '(7, NULL)');
    const insert = 'INSERT INTO `shop`.`t` (`i``d`, `b`) VALUES (7, NULL)';
    assert.equal(
      insertStatement(update, [row]),
      `${insert} AS fresh ON DUPLICATE KEY UPDATE \`i\`\`d\` = fresh.\`i\`\`d\`, \`b\` = fresh.\`b\``,
    );
    assert.equal(
      insertStatement({ ...update, rowAlias: false }, [row]),
      `${insert} ON DUPLICATE KEY UPDATE \`i\`\`d\` = VALUES(\`i\`\`d\`), \`b\` = VALUES(\`b\`)`,
    );
    assert.match(insertStatement(plan(), [row]), /^REPLACE INTO/);
  });

  it('empty only the part of the table that is the stream’s own', () => {
    assert.equal(emptyStatement(plan()), 'DELETE FROM `shop`.`t` WHERE TRUE');
    const constant = { column: 'shard', value: 'a' };
    assert.equal(emptyStatement(plan({}, { constant })), "DELETE FROM `shop`.`t` WHERE `shard` = 'a'");
  });
});

describe('the load method', () => {
  const method = (uniqueKeys: string[][], columns = ['I`D', 'b'], watched = false, target: Partial<LoadTarget> = {}) =>
    loadMethod({ table, write: 'upsert', ...target }, schema, { columns, uniqueKeys, watched });

  it('follows from the keys, columns and watchers of the table', () => {
    assert.equal(method([['I`D']]), 'replace');
    assert.equal(method([['i`d'], ['b']]), 'refill');
    assert.equal(method([['i`d']], ['i`d', 'b', 'mine']), 'update');
    assert.equal(method([['i`d']], ['i`d', 'b'], true), 'update');
    assert.equal(method([], ['i`d'], false, { write: 'append' }), 'insert');
    assert.equal(
      method([['i`d', 'shard']], ['i`d', 'b', 'shard'], false, { constant: { column: 'shard', value: 'a' } }),
      'replace',
    );
    assert.throws(() => method([['i`d']], undefined, false, { constant: { column: 'shard', value: 'a' } }), {
      code: 'target.unwritable',
    });
    assert.throws(() => method([['b']]), { code: 'target.unwritable' });
    assert.throws(() => method([['i`d'], ['b']], ['i`d', 'b', 'mine']), { code: 'target.unwritable', message: /mine/ });
    const added = { filled: ['i`d', 'b', 'new'] };
    assert.equal(method([['i`d'], ['b']], ['i`d', 'b', 'New'], false, added), 'refill');
    assert.throws(() => method([['i`d'], ['b']], ['i`d', 'b', 'new', 'mine'], false, added), { message: /\(mine\)/ });
  });
});
