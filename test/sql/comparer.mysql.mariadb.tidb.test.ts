import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import type { Column, CompareTable, Part } from '../../connectors/contract/index.ts';
import { diffTables, newTally } from '../../connectors/sync/diff.ts';
import { meaning } from '../../connectors/sync/spelling.ts';
import { ddlType } from '../../connectors/types/index.ts';
import { sampleColumns } from './comparer-sample.ts';
import { openSide, type ServerSide, servers, signal } from './comparer-side.ts';

async function differences(source: ServerSide, ours: CompareTable, destination: ServerSide, theirs: CompareTable) {
  const tally = newTally();
  const found: string[] = [];
  const sides = [
    { comparer: source.comparer, table: ours },
    { comparer: destination.comparer, table: theirs },
  ] as const;
  for await (const { kind, key } of diffTables(...sides, signal, tally)) found.push(`${kind} ${key.join('/')}`);
  return { found: found.sort(), tally };
}

for (const from of servers) {
  for (const to of servers) {
    test(`${from} and ${to}: each type's smallest difference is seen, and nothing else`, async () => {
      await using source = await openSide(from);
      await using destination = await openSide(to);
      const sample = sampleColumns(from, to);
      const declared = sample.map(({ name, declared: type }) => `\`${name}\` ${type}`).join(', ');
      await source.run(`CREATE TABLE {db}.t (id INT NOT NULL PRIMARY KEY, ${declared}) CHARACTER SET utf8mb4`);
      const table = await source.compare('t', ['id']);
      const made = table.columns.map(
        ({ name, type }) => `\`${name}\` ${ddlType(type, to)} ${name === 'id' ? 'NOT NULL' : 'NULL'}`,
      );
      await destination.run(`CREATE TABLE {db}.t (${made.join(', ')}, PRIMARY KEY (id)) CHARACTER SET utf8mb4`);

      const cases = sample.flatMap(({ name, others, same = [] }) => [
        ...others.map((value) => ({ name, value, differs: true })),
        ...same.map((value) => ({ name, value, differs: false })),
      ]);
      const rows = (change: boolean) =>
        [{ name: '', value: '' }, ...cases]
          .map(({ name, value }, id) => {
            const values = sample.map((column) => (change && column.name === name ? value : column.value));
            return `(${[String(id), ...values].join(', ')})`;
          })
          .join(', ');
      await source.run(`INSERT INTO {db}.t VALUES ${rows(false)}`);
      await destination.run(`INSERT INTO {db}.t VALUES ${rows(true)}`);

      const theirs = await destination.compare('t', ['id'], table.columns);
      const { found } = await differences(source, table, destination, theirs);
      const ids = cases.flatMap(({ differs }, i) => (differs ? [i + 1] : []));
      const title = (line: string) => {
        const one = cases[Number(line.split(' ')[1]) - 1];
        return `${line} ${one?.name} ${one?.value}`;
      };
      assert.deepEqual(
        found.map(title),
        ids
          .map((id) => `different ${id}`)
          .sort()
          .map(title),
      );

      const sides = [
        { comparer: source.comparer, table },
        { comparer: destination.comparer, table: theirs },
      ];
      const keys = cases.map((_, i) => [String(i + 1)]);
      const [ours, others] = await Promise.all(sides.map((side) => side.comparer.fetch(side.table, keys, signal)));
      for (const [i, { name, value, differs }] of cases.entries()) {
        const [a, b] = [ours, others].map((side) => side!.get(JSON.stringify([String(i + 1)]))?.[0]);
        const differ = ({ type }: Column, at: number) => meaning(type, a![at]!) !== meaning(type, b![at]!);
        const unequal = table.columns.filter(differ).map((column) => column.name);
        assert.deepEqual(unequal, differs ? [name] : [], `${name} ${value}`);
      }
      const partial = await source.comparer.partial({ ...table, peer: to }, signal);
      assert.deepEqual(partial, from !== to && from !== 'mariadb' && to !== 'mariadb' ? ['doc'] : []);
    });
  }
}

for (const server of servers) {
  test(`${server}: digests, buckets, ranges and rows are those of the rule`, async () => {
    await using side = await openSide(server);
    await side.run('CREATE TABLE {db}.t (a INT NOT NULL, b VARCHAR(20) NOT NULL, c VARCHAR(20), PRIMARY KEY (a, b))');
    const values = Array.from({ length: 60 }, (_, i) => [String(i % 7), `k${i}é`, i % 3 === 0 ? null : `v'${i}`]);
    const literal = (value: string | null | undefined) =>
      typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : 'NULL';
    await side.run(`INSERT INTO {db}.t VALUES ${values.map((row) => `(${row.map(literal).join(', ')})`).join(', ')}`);
    const table = await side.compare('t', ['b', 'a']);
    const text = (row: readonly (string | null | undefined)[]) =>
      row.map((value) => (typeof value === 'string' ? `${Buffer.byteLength(value)}:${value}` : 'N')).join('');
    for (const hash of await side.comparer.hashes(signal)) {
      const hex = (row: readonly (string | null | undefined)[]) => createHash(hash).update(text(row)).digest('hex');
      const rows = values.map((row) => ({
        row,
        hash: hex(row),
        keyHash: hex([row[1], row[0]]),
        key: [row[1], row[0]],
      }));
      const digest = (of: typeof rows) => ({
        rows: of.length,
        high: of.reduce((sum, row) => sum + BigInt(`0x${row.hash.slice(0, 16)}`), 0n),
        low: of.reduce((sum, row) => sum + BigInt(`0x${row.hash.slice(16, 32)}`), 0n),
      });
      assert.deepEqual(await side.comparer.digests(table, [{}], hash, signal), [digest(rows)]);
      const buckets: Part[] = ['0', '7', 'a', 'f'].map((bucket) => ({ bucket }));
      const inBucket = (bucket: string) => rows.filter((row) => row.keyHash.startsWith(bucket));
      assert.deepEqual(
        await side.comparer.digests(table, buckets, hash, signal),
        buckets.map(({ bucket }) => digest(inBucket(bucket!))),
      );

      const byNumber = { ...table, key: ['a', 'b'] };
      const ranges: Part[] = [
        { range: { to: '2' } },
        { range: { from: '2', to: '3' } },
        { range: { from: '4', to: '6' } },
        { range: { from: '6' } },
      ];
      const inRange = ({ range = {} }: Part) =>
        rows.filter(({ row: [a] }) => Number(a) >= Number(range.from ?? 0) && Number(a) < Number(range.to ?? 99));
      assert.deepEqual(
        await side.comparer.digests(byNumber, ranges, hash, signal),
        ranges.map((part) => digest(inRange(part))),
      );
      assert.deepEqual(await side.comparer.extent(byNumber, ranges[2]!, signal), {
        rows: inRange(ranges[2]!).length,
        low: '4',
        high: '5',
      });

      const read = [];
      for await (const some of side.comparer.rows(table, buckets, hash, signal)) read.push(...some);
      const expected = buckets
        .flatMap(({ bucket }) => inBucket(bucket!))
        .sort((x, y) => (x.keyHash < y.keyHash ? -1 : 1))
        .map(({ key, keyHash, hash: rowHash }) => ({ key, keyHash, hash: rowHash }));
      assert.deepEqual(read, expected);
    }
  });

  test(`${server}: a question that takes long ends when it is no longer wanted`, async () => {
    await using side = await openSide(server);
    await side.run('CREATE TABLE {db}.t (id INT PRIMARY KEY, v INT)');
    await side.run('INSERT INTO {db}.t VALUES (1, 1)');
    const table = { ...(await side.compare('t', ['id'])), where: 'SLEEP(9) = 0' };
    const stop = AbortSignal.timeout(300);
    const started = performance.now();
    await assert.rejects(side.comparer.digests(table, [{}], 'sha256', stop), { name: 'TimeoutError' });
    assert.ok(performance.now() - started < 8_000);
  });

  test(`${server}: rows are found by keys of any type`, async () => {
    await using side = await openSide(server);
    await side.run(
      'CREATE TABLE {db}.t (a VARCHAR(20) COLLATE utf8mb4_general_ci NOT NULL, b VARBINARY(8) NOT NULL, c DATETIME(6) NOT NULL, d FLOAT, PRIMARY KEY (a, b, c))',
    );
    await side.run(
      "INSERT INTO {db}.t VALUES ('Key', x'00ff', '2024-01-01 00:00:00.5', 0.1), ('o''\\\\', x'', '0000-00-00', NULL)",
    );
    const table = await side.compare('t', ['a', 'b', 'c', 'd']);
    const keys = [
      ['Key', '00FF', '2024-01-01 00:00:00.500000', '1e0'],
      ["o'\\", '', '0000-00-00 00:00:00.000000', null],
    ];
    const rows = [];
    for await (const some of side.comparer.rows(table, [{}], 'sha256', signal))
      rows.push(...some.map((row) => row.key));
    const float = rows.find(([a]) => a === 'Key')![3]!;
    keys[0]![3] = float;
    const found = await side.comparer.fetch(table, [...keys, ['key', '00FF', keys[0]![2]!, float]], signal);
    assert.deepEqual([...found.values()].flat().sort(), keys.toSorted());
  });
}

// TiDB has no such rows: what it lets into a row (6 MiB) is less than what it lets into an expression.
for (const server of ['mysql', 'mariadb'] as const) {
  test(`${server}: a row too large for a checksum is an error, not an equal row`, async () => {
    await using side = await openSide(server);
    const [row] = await side.run('SELECT @@max_allowed_packet');
    const half = Math.ceil(Number(row![0]) / 2) + 1024;
    await side.run('CREATE TABLE {db}.t (id INT PRIMARY KEY, v LONGBLOB)');
    await side.run("INSERT INTO {db}.t VALUES (1, x'00')");
    const table = await side.compare('t', ['id']);
    await side.comparer.digests(table, [{}], 'sha256', signal);
    await side.run(`UPDATE {db}.t SET v = REPEAT('a', ${half})`);
    await assert.rejects(side.comparer.digests(table, [{}], 'sha256', signal), { code: 'compare.row-too-large' });
    await assert.rejects(Array.fromAsync(side.comparer.rows(table, [{}], 'sha256', signal)), {
      code: 'compare.row-too-large',
    });
  });
}

test('tidb: checksums of ranges and of buckets are computed where the rows are stored', async () => {
  await using side = await openSide('tidb');
  await side.run('CREATE TABLE {db}.t (id BIGINT PRIMARY KEY, v VARCHAR(50), d DECIMAL(10,2), m DATETIME(6))');
  const table = await side.compare('t', ['id']);
  const ranges = [{ range: { to: '10' } }, { range: { from: '10', to: '20' } }, { range: { from: '30' } }];
  await side.comparer.digests(table, ranges, 'md5', signal);
  await side.comparer.digests(table, [{ bucket: 'a0' }, { bucket: 'a1' }], 'md5', signal);
  for (const sql of side.asked.filter((one) => one.startsWith('SELECT p,'))) {
    const plan = (await side.run(`EXPLAIN ${sql}`)).map((line) => line.join(' '));
    assert.ok(
      plan.some((line) => /(Hash|Stream)Agg.* cop\[/.test(line)),
      plan.join('\n'),
    );
    if (sql.includes('>='))
      assert.ok(
        plan.some((line) => line.includes('TableRangeScan')),
        plan.join('\n'),
      );
  }
});

/** Keys of every kind that ranges are cut over, one that they are not, and one that is all the same in its first column. */
const keyKinds: readonly { declared: string; value: (i: number) => string }[] = [
  { declared: 'BIGINT', value: (i) => (i === 0 ? '-9223372036854775808' : String(i * i)) },
  { declared: 'BIGINT UNSIGNED', value: (i) => (i === 0 ? '18446744073709551615' : String(i)) },
  { declared: 'DECIMAL(30,10)', value: (i) => `${i % 2 === 0 ? '-' : ''}${i}.${String(i).padStart(10, '0')}` },
  { declared: 'DATE', value: (i) => (i === 0 ? "'0000-00-00'" : `'2023-12-01' + INTERVAL ${i} DAY`) },
  {
    declared: 'DATETIME(6)',
    value: (i) => (i < 2 ? `'2024-0${i + 1}-00 00:00:00'` : `'2024-02-29 23:59:59.99999' + INTERVAL ${i} MICROSECOND`),
  },
  { declared: 'TIMESTAMP(3)', value: (i) => `'2024-03-31 00:59:59' + INTERVAL ${i} SECOND` },
  { declared: 'BINARY(4)', value: (i) => `UNHEX('${(i * 70_001).toString(16).padStart(8, '0')}')` },
  { declared: 'VARBINARY(40)', value: (i) => `UNHEX('${'00'.repeat(i % 20)}${i.toString(16).padStart(4, '0')}')` },
  { declared: 'VARCHAR(20) COLLATE utf8mb4_bin', value: (i) => `'${i % 3 === 0 ? 'K' : 'k'}${i} '` },
  { declared: 'INT', value: () => '7' },
];

for (const [from, to] of [
  ['mysql', 'tidb'],
  ['mariadb', 'mysql'],
  ['tidb', 'mariadb'],
] as const) {
  test(`${from} and ${to}: parts of keys of every kind hold the same rows`, async () => {
    await using source = await openSide(from);
    await using destination = await openSide(to);
    const sizes = { partRows: 16, partsAtOnce: 8, leafRows: 4, fanOut: 4, rowsAtOnce: 16 };
    for (const [n, { declared, value }] of keyKinds.entries()) {
      const rows = Array.from({ length: 150 }, (_, i) => `(${value(i)}, ${i}, 'v')`).join(', ');
      for (const side of [source, destination]) {
        await side.run(
          `CREATE TABLE {db}.t${n} (k ${declared} NOT NULL, n INT NOT NULL, v CHAR(1), PRIMARY KEY (k, n))`,
        );
        await side.run(`INSERT INTO {db}.t${n} VALUES ${rows}`);
      }
      await destination.run(`UPDATE {db}.t${n} SET v = 'w' WHERE n IN (0, 1, 77)`);
      await source.run(`DELETE FROM {db}.t${n} WHERE n IN (40, 149)`);
      const table = await source.compare(`t${n}`, ['k', 'n']);
      const tally = newTally();
      const found: string[] = [];
      for await (const { kind, key } of diffTables(
        { comparer: source.comparer, table },
        { comparer: destination.comparer, table: { ...table, stream: destination.table(`t${n}`) } },
        signal,
        tally,
        sizes,
      )) {
        found.push(`${kind} ${key[1]}`);
      }
      const expected = ['different 0', 'different 1', 'different 77', 'only-destination 149', 'only-destination 40'];
      assert.deepEqual(found.sort(), expected, declared);
      assert.ok(tally.rowsRead <= 70, `${declared}: ${tally.rowsRead} rows read`);
    }
  });
}
