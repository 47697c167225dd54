import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Graph } from '../../../transforms/graph/graph.ts';
import { select } from '../../../transforms/graph/selection.ts';
import { parseSelection } from '../../../transforms/graph/selection-spec.ts';
import type { PreviousState, StateMacro, StateNode } from '../../../transforms/graph/state.ts';
import { toJson } from '../../../transforms/project/json.ts';
import { graphMembers } from '../../../transforms/project/manifest.ts';
import { load, SHOP } from '../project/shop.ts';

const { manifest, graph } = load(SHOP);

/** The state as a manifest that was written and read back gives it, changed by `change`. */
function stateWith(
  change: (nodes: Map<string, Record<string, unknown>>, macros: Map<string, StateMacro>) => void,
): PreviousState {
  const nodes = new Map<string, Record<string, unknown>>();
  for (const node of graphMembers(manifest)) nodes.set(node.unique_id, toJson(node) as Record<string, unknown>);
  const macros = new Map<string, StateMacro>(manifest.macros);
  change(nodes, macros);
  return { nodes: nodes as unknown as Map<string, StateNode>, macros, macrosNow: manifest.macros };
}

function selected(term: string, previous: PreviousState): string[] {
  const selection = parseSelection([term], undefined, 'empty');
  return [...select(graph as Graph, selection, { previous }).ids].map((id) => id.split('.').slice(2).join('.')).sort();
}

test('a state that was read back is the same as what wrote it', () => {
  const same = stateWith(() => undefined);
  assert.deepEqual(selected('state:modified', same), []);
  assert.deepEqual(selected('state:new', same), []);
  assert.equal(selected('state:old', same).length, selected('state:unmodified', same).length);
  assert.ok(selected('state:old', same).length > 40);
});

test('each kind of change is found by its own name and by state:modified', () => {
  const changes: readonly [string, string, string, Record<string, unknown>][] = [
    ['modified.body', 'model.corner_shop.orders', 'orders', { raw_code: 'select 1' }],
    ['modified.body', 'seed.corner_shop.countries', 'countries', { checksum: { name: 'sha256', checksum: 'x' } }],
    ['modified.configs', 'model.corner_shop.orders', 'orders', { unrendered_config: { materialized: 'table' } }],
    ['modified.relation', 'model.corner_shop.daily_sales', 'daily_sales', { unrendered_config: { alias: 'other' } }],
    ['modified.persisted_descriptions', 'model.corner_shop.orders', 'orders', { description: 'another' }],
    ['modified.contract', 'model.corner_shop.prices', 'prices', { contract: { enforced: true, checksum: 'x' } }],
    ['modified', 'source.corner_shop.till.orders', 'till.orders', { identifier: 'elsewhere' }],
    ['modified', 'exposure.corner_shop.monthly_letter', 'monthly_letter', { owner: { name: 'another' } }],
    ['modified', 'model.corner_shop.customers.v1', 'customers.v1', { latest_version: 1 }],
  ];
  for (const [kind, id, shown, change] of changes) {
    const previous = stateWith((nodes) => nodes.set(id, { ...nodes.get(id)!, ...change }));
    assert.ok(selected(`state:${kind}`, previous).includes(shown), `${kind} ${id}`);
    assert.deepEqual(selected('state:modified', previous), [shown], `modified ${id}`);
    assert.ok(!selected('state:unmodified', previous).includes(shown));
  }
});

test('a description that is not kept in the database, a tag and a group are no change', () => {
  const id = 'model.corner_shop.stg_orders';
  const previous = stateWith((nodes) =>
    nodes.set(id, { ...nodes.get(id)!, description: 'x', tags: ['y'], group: 'z' }),
  );
  assert.deepEqual(selected('state:modified', previous), []);
});

test('a node that was not there is new, and a model of it modified', () => {
  const previous = stateWith((nodes) => {
    nodes.delete('model.corner_shop.orders');
    nodes.delete('source.corner_shop.till.orders');
  });
  assert.deepEqual(selected('state:new', previous), ['orders', 'till.orders']);
  assert.deepEqual(selected('state:modified', previous), ['orders']);
  assert.ok(selected('state:modified+', previous).includes('best_customers'));
});

test('a macro that changed counts for what uses it, also through another', () => {
  const id = 'macro.money.rounded';
  const macrosNow = new Map<string, StateMacro>([
    ['macro.p.outer', { macro_sql: 'outer', depends_on: { macros: [id] } }],
    [id, { macro_sql: 'now' }],
  ]);
  const node = {
    ...manifest.nodes.get('model.corner_shop.prices')!,
    depends_on: { nodes: [], macros: ['macro.p.outer'] },
  };
  const previous: PreviousState = {
    nodes: new Map([[node.unique_id, toJson(node) as unknown as StateNode]]),
    macros: new Map([...macrosNow, [id, { macro_sql: 'before' }]]),
    macrosNow,
  };
  const ids = select(new Graph([node]), parseSelection(['state:modified.macros'], undefined), { previous }).ids;
  assert.deepEqual([...ids], [node.unique_id]);
});

test('results and fresher sources are found, and without a state there is nothing to compare with', () => {
  const [id, other] = ['source.corner_shop.till.orders', 'source.corner_shop.till.customers'];
  const previous: PreviousState = {
    results: new Map([['model.corner_shop.orders', 'error']]),
    loaded: new Map([[id, '2024-01-01T00:00:00Z'], [other, null]]), // biome-ignore format: a table
    loadedNow: new Map([[id, '2024-01-02T00:00:00Z'], [other, '2024-01-02T00:00:00Z']]), // biome-ignore format: a table
  };
  assert.deepEqual(selected('result:error', previous), ['orders']);
  assert.deepEqual(selected('source_status:fresher', previous), ['till.orders']);
  for (const term of ['state:modified', 'result:error', 'source_status:fresher']) {
    assert.throws(() => selected(term, {}), /to compare with/);
  }
});
