import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tableClashes, whyNotName, whyNotTableName } from '../../connectors/sql/name-clash.ts';
import { swapTables } from '../../connectors/sql/swap-name.ts';

const table = (name: string, namespace = 'd') => ({ namespace, name });

describe('tableClashes', () => {
  it('sees names that differ by case only, where the server folds them, and lets shards share a table', () => {
    const tables = [table('Foo'), table('foo'), table('bar'), table('foo', 'e')];
    assert.deepEqual(tableClashes(tables, false), []);
    const [clash, ...rest] = tableClashes(tables, true);
    assert.equal(rest.length, 0);
    assert.equal(clash?.code, 'config.target-clash');
    assert.match(clash?.message ?? '', /d\.Foo and d\.foo are one table.*case/);
    assert.deepEqual(tableClashes([table('a'), table('a')], true), []);
  });

  it('is not misled by dots inside names', () => {
    assert.deepEqual(tableClashes([table('c', 'a.b'), table('b.c', 'a')], true), []);
  });
});

describe('whyNotName', () => {
  it('counts characters, not bytes', () => {
    assert.equal(whyNotName('é'.repeat(64), 'mysql'), undefined);
    assert.match(whyNotName('é'.repeat(65), 'mysql') ?? '', /has 65/);
    assert.equal(whyNotName('😀'.repeat(64), 'tidb'), undefined);
    assert.match(whyNotName('😀', 'mariadb') ?? '', /emoji/);
    for (const name of ['', 'a\0b', 'a ']) assert.ok(whyNotName(name, 'tidb') !== undefined);
  });

  it('refuses a table only where its file name cannot fit', () => {
    assert.equal(whyNotTableName('é'.repeat(64), 'mysql'), undefined);
    assert.equal(whyNotTableName('日'.repeat(50), 'mysql'), undefined);
    assert.match(whyNotTableName('日'.repeat(51), 'mysql') ?? '', /255|file name/);
    assert.equal(whyNotTableName('日'.repeat(64), 'tidb'), undefined);
  });
});

describe('swapTables', () => {
  it('names no two full reads alike, and one alike every time', () => {
    const names = new Set<string>();
    for (const dialect of ['mysql', 'mariadb'] as const) {
      for (const pipeline of ['p', 'q']) {
        for (const target of [table('b.c', 'a'), table('c', 'a.b'), table('x'.repeat(64))]) {
          for (const generation of [1, 11]) {
            const { build, retired } = swapTables(dialect, pipeline, target, generation);
            assert.deepEqual(swapTables(dialect, pipeline, target, generation).build, build);
            assert.ok(build.name.startsWith('_millrace_') && build.name.length <= 64);
            assert.equal(build.namespace, target.namespace);
            names.add(`${dialect}${build.name}`).add(`${dialect}${retired.name}`);
          }
        }
      }
    }
    assert.equal(names.size, 2 * 2 * 3 * 2 * 2);
  });

  it('uses one standing table on TiDB, told apart by its mark', () => {
    const [first, second] = [1, 2].map((generation) => swapTables('tidb', 'p', table('t'), generation));
    assert.deepEqual(first?.build, second?.build);
    assert.notEqual(first?.marker, second?.marker);
  });
});
