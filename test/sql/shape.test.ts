import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Column, Index, StreamSchema } from '../../connectors/contract/index.ts';
import { wantedShape } from '../../connectors/sql/shape.ts';
import { fitShape } from '../../connectors/sql/shape-fit.ts';
import { sample, targetOf } from './schema-sample.ts';

const fit = (dialect: 'mysql' | 'mariadb' | 'tidb') => ({
  dialect,
  checksEnforced: true,
  refused: new Map<string, string>(),
});
const text = (name: string, more: object = {}): Column => ({
  name,
  type: { kind: 'text', charset: 'utf8mb4', collation: 'utf8mb4_bin', ...more },
  nullable: false,
});

function table(columns: readonly Column[], key: readonly string[], indexes: readonly Index[] = []): StreamSchema {
  return { stream: { namespace: 'd', name: 't' }, columns, key, indexes };
}

describe('wantedShape', () => {
  it('joins the constant to the key and to unique indexes', () => {
    const { schema, notes } = wantedShape(
      targetOf(sample, 'd', { constant: { column: 'shard', value: 'e'.repeat(80) } }),
    );
    assert.deepEqual(schema.key, ['shard', 'id']);
    assert.deepEqual(schema.indexes?.find((index) => index.unique)?.parts, [{ column: 'shard' }, { column: 'code' }]);
    assert.deepEqual(schema.columns.at(-1)?.type, {
      kind: 'text',
      length: 80,
      charset: 'utf8mb4',
      collation: 'utf8mb4_bin',
    });
    assert.equal(schema.columns[0]?.autoIncrement, undefined);
    assert.match(notes.join(), /AUTO_INCREMENT of id is left out/);
  });

  it('holds nothing unique for append, and the deletion column for soft_delete', () => {
    const append = wantedShape(targetOf(sample, 'd', { write: 'append' })).schema;
    assert.equal(append.key, undefined);
    assert.ok(append.indexes?.every((index) => !index.unique));
    const soft = wantedShape(targetOf(sample, 'd', { write: 'soft_delete' })).schema;
    assert.deepEqual(soft.columns.at(-1), {
      name: '_millrace_deleted_at',
      type: { kind: 'datetime', fsp: 6 },
      nullable: true,
    });
    assert.deepEqual(soft.key, ['id']);
    assert.ok(soft.indexes?.every((index) => !index.unique));
  });

  it('carries nothing that was not asked for', () => {
    const none = { indexes: false, checks: false, defaults: false, autoIncrement: false };
    const { schema, notes } = wantedShape(targetOf(sample, 'd', { carry: none }));
    assert.ok(
      schema.columns.every((column) => !('default' in column || 'onUpdate' in column || 'autoIncrement' in column)),
    );
    assert.deepEqual(
      [schema.indexes, schema.checks, schema.nextAutoIncrement, notes],
      [undefined, undefined, undefined, []],
    );
  });
});

describe('fitShape', () => {
  for (const dialect of ['mysql', 'mariadb', 'tidb'] as const) {
    it(`gives keys without limit one that fits together, and says so: ${dialect}`, () => {
      const source = table([text('a'), text('b', { bytes: 65535 }), { ...text('c'), nullable: true }], ['a', 'b']);
      const { schema, notes } = fitShape(wantedShape(targetOf(source, 'd')), fit(dialect));
      const lengths = schema.columns.map((column) => (column.type.kind === 'text' ? column.type.length : 0));
      assert.deepEqual(lengths.slice(0, 2), [384, 384]);
      assert.equal(lengths[2], undefined);
      assert.equal(notes.filter((note) => /holds up to 384 characters/.test(note)).length, 2);
    });

    it(`indexes texts without limit by their beginning: ${dialect}`, () => {
      const unique: Index = { name: 'u', unique: true, kind: 'btree', parts: [{ column: 'body' }] };
      const source = table([text('id', { length: 10 }), text('body')], ['id'], [unique]);
      const { schema, notes } = fitShape(wantedShape(targetOf(source, 'd')), fit(dialect));
      assert.deepEqual(schema.indexes, [
        { name: 'u', unique: false, kind: 'btree', parts: [{ column: 'body', length: 191 }] },
      ]);
      assert.match(notes.join(), /first 191 characters of body and is not unique/);
    });
  }

  it('compares keys byte by byte where the target lacks their collation', () => {
    const key = { length: 9, charset: 'latin1', collation: 'latin1_swedish_ci' };
    const source = table([text('id', key), text('v', key)], ['id']);
    for (const [dialect, collation] of [
      ['tidb', 'utf8mb4_0900_bin'],
      ['mysql', 'latin1_swedish_ci'],
      ['mariadb', 'latin1_swedish_ci'],
    ] as const) {
      const { schema } = fitShape(wantedShape(targetOf(source, 'd')), fit(dialect));
      const [id] = schema.columns;
      assert.equal(id?.type.kind === 'text' && id.type.collation, collation);
    }
    const modern = table([text('id', { length: 9, collation: 'utf8mb4_0900_ai_ci' })], ['id']);
    const { schema, notes } = fitShape(wantedShape(targetOf(modern, 'd')), fit('mariadb'));
    assert.equal(schema.columns[0]?.type.kind === 'text' && schema.columns[0].type.collation, 'utf8mb4_nopad_bin');
    assert.match(notes.join(), /key column id is utf8mb4_nopad_bin: the target has no utf8mb4_0900_ai_ci/);
  });

  it('leaves out a generated column that the server refuses, and the indexes over it', () => {
    const total: Column = {
      name: 'total',
      type: { kind: 'date' },
      nullable: true,
      generated: { sql: 'odd(1)', stored: true },
    };
    const index: Index = { name: 'i', unique: false, kind: 'btree', parts: [{ column: 'total' }] };
    const source = table([text('id', { length: 9 }), total], ['id'], [index]);
    const refused = new Map([['odd(1)', 'FUNCTION odd does not exist']]);
    const { schema, notes } = fitShape(wantedShape(targetOf(source, 'd')), { ...fit('mysql'), refused });
    assert.deepEqual(
      schema.columns.map((column) => column.name),
      ['id'],
    );
    assert.equal(schema.indexes, undefined);
    assert.deepEqual(notes, [
      'generated column total is left out: FUNCTION odd does not exist',
      'index i is left out: its column total is not there',
    ]);
  });
});
