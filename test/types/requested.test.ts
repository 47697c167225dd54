import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Column, StreamRequest, StreamSchema } from '../../connectors/contract/index.ts';
import { flowingColumn, requestedColumns } from '../../connectors/types/index.ts';

const column = (name: string, type: Column['type'], native = ''): Column => ({ name, type, native, nullable: true });
const stream = { namespace: 'shop', name: 'orders' };
const schema: StreamSchema = {
  stream,
  key: ['id'],
  columns: [
    column('id', { kind: 'integer', bits: 32, unsigned: false }, 'int'),
    column('at', { kind: 'datetime', fsp: 6 }),
    column('place', { kind: 'unknown' }, 'geometry'),
    column('note', { kind: 'text' }),
  ],
};
const request = (more: Partial<StreamRequest>): StreamRequest => ({ stream, mode: 'full', ...more });
const names = (more: Partial<StreamRequest>) => requestedColumns(schema, request(more)).map(({ name }) => name);

test('columns are chosen and left out, but never those of the key and the cursor', () => {
  assert.deepEqual(names({}), ['id', 'at', 'place', 'note']);
  assert.deepEqual(names({ columns: ['note'] }), ['id', 'note']);
  assert.deepEqual(names({ exclude: ['note', 'id', 'at'], mode: 'incremental', cursor: 'at' }), ['id', 'at', 'place']);
});

test('names that are not there are a mistake, wherever they are given', () => {
  for (const wrong of [{ columns: ['x'] }, { exclude: ['x'] }, { cursor: 'x' }, { takeAs: { x: 'text' as const } }]) {
    assert.throws(() => names(wrong), { code: 'config.invalid', message: /no column `x`/ });
  }
});

test('unknown types and dates are taken as asked; what is carried exactly is not', () => {
  const types = (takeAs: Record<string, 'text' | 'bytes'>) =>
    requestedColumns(schema, request({ takeAs })).map(({ type }) => type);
  assert.deepEqual(types({ place: 'bytes' })[2], { kind: 'unknown', as: 'bytes' });
  assert.equal(types({ at: 'text' })[1]?.kind, 'text');
  assert.throws(() => types({ at: 'bytes' }), { code: 'config.invalid', at: 'shop.orders.at' });
  assert.throws(() => types({ id: 'text' }), { code: 'config.invalid', message: /is int/ });
});

test('a protected column flows as text, and its former type is not told', () => {
  const hashed = flowingColumn(schema.columns[0]!, { kind: 'hash', salt: 's' });
  assert.deepEqual([hashed.type.kind, hashed.native, hashed.nullable], ['text', undefined, true]);
});
