import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Checkpoint,
  type Lane,
  noPositions,
  type Positions,
  type ReadRequest,
  type Source,
  slabRows,
  streamText,
} from '../../connectors/contract/index.ts';
import { never } from '../pipeline.ts';
import { type Place, sourceAt } from './place.ts';

/** Rows of the table: more than one batch. */
const ROWS = 12_000;

/** What every source of tables holds to. `open` gives a place in which SQL can make tables. */
export function registerSourceContract(title: string, open: () => Promise<Place>): void {
  describe(`${title} as a source`, { concurrency: 2 }, () => {
    const test = (what: string, body: (source: Source, place: Place) => Promise<void>) =>
      it(what, async () => {
        await using place = await open();
        await place.run(
          'CREATE TABLE orders (id INTEGER PRIMARY KEY, name VARCHAR(20), paid DECIMAL(10,2) NOT NULL)',
          `INSERT INTO orders WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS}) SELECT i, NULL, i / 4 FROM n`,
          'CREATE TABLE other (a VARCHAR(10))',
        );
        await using source = sourceAt(place);
        await body(source, place);
      });
    registerLooking(test);
    registerReading(test);
  });
}

type Register = (what: string, body: (source: Source, place: Place) => Promise<void>) => void;

function requestOf({ namespace }: Place): ReadRequest {
  const stream = { namespace, name: 'orders' };
  return { streams: [{ stream, mode: 'full' }], layout: 'text', maxRowBytes: 1024 * 1024, parallel: 1 };
}

function registerLooking(test: Register): void {
  test('is who it was, and finds its tables with columns and key', async (source, place) => {
    await using again = sourceAt(place);
    assert.equal(await source.identity(never), await again.identity(never));
    const found = await source.discover([`${place.namespace}.o*`], never);
    assert.deepEqual(found.map(({ stream }) => stream.name).sort(), ['orders', 'other']);
    const orders = found.find(({ stream }) => stream.name === 'orders')!;
    assert.deepEqual(
      orders.columns.map(({ name, nullable, type }) => [name, nullable, type.kind]),
      [
        ['id', false, 'integer'],
        ['name', true, 'text'],
        ['paid', false, 'decimal'],
      ],
    );
    assert.deepEqual(orders.key, ['id']);
    assert.equal(found.find(({ stream }) => stream.name === 'other')!.key, undefined);
  });

  test('a stream that is not there is told by name', async (source, place) => {
    const request = requestOf(place);
    const stream = { namespace: place.namespace, name: 'nowhere' };
    await assert.rejects(source.schemas({ ...request, streams: [{ stream, mode: 'full' }] }, never), {
      code: 'source.stream-missing',
      at: streamText(stream),
    });
    assert.deepEqual(await source.discover([`${place.namespace}.nowhere`], never), []);
  });

  test('check finds nothing wrong, and changes nothing', async (source, place) => {
    const before = await place.tables();
    const findings = await source.check(requestOf(place), never);
    assert.deepEqual(
      findings.filter(({ severity }) => severity === 'error'),
      [],
    );
    assert.deepEqual(await place.tables(), before);
  });
}

/** What a lane sends from a position to its end: rows before each checkpoint. */
async function readLane(lane: Lane, after?: string): Promise<{ rows: number; checkpoints: [Checkpoint, number][] }> {
  let rows = 0;
  const checkpoints: [Checkpoint, number][] = [];
  for await (const message of lane.read(after, never)) {
    if (message.kind === 'batch') rows += slabRows(message.rows) + (message.rejects?.length ?? 0);
    if (message.kind === 'checkpoint') checkpoints.push([message, rows]);
  }
  return { rows, checkpoints };
}

interface Walk {
  rows: number;
  /** The positions after all of it. */
  readonly committed: Positions;
  /** The lane that sent most. */
  readonly longest: { readonly lane: Lane; readonly checkpoints: readonly [Checkpoint, number][] };
}

/** Reads all groups as the engine does, and remembers what a destination would. */
async function walk(source: Source, request: ReadRequest, from: Positions): Promise<Walk> {
  const lanes = new Map(from.lanes);
  const streams = new Map(from.streams);
  let rows = 0;
  let longest: Walk['longest'] | undefined;
  for (const group of await source.groups(request, from, never)) {
    for await (const stage of group.stages(never)) {
      for (const { schema, generation } of stage.streams) {
        if (generation !== undefined) streams.set(streamText(schema.stream), { generation, phase: 'building' });
      }
      for (const lane of stage.lanes) {
        const sent = await readLane(lane);
        const [last] = sent.checkpoints.at(-1)!;
        assert.equal(sent.checkpoints.at(-1)![1], sent.rows, 'the last checkpoint covers every row');
        const counts = { read: sent.rows, written: sent.rows, superseded: 0, alreadyApplied: 0, rejected: 0 };
        const ended = last.ended === true;
        lanes.set(lane.id, { position: last.position, ended, counts, committedAt: '2024-01-01T00:00:00Z' });
        if (sent.rows > (longest?.checkpoints.at(-1)?.[1] ?? -1)) longest = { lane, checkpoints: sent.checkpoints };
        rows += sent.rows;
      }
    }
  }
  return { rows, committed: { lanes, streams }, longest: longest! };
}

function registerReading(test: Register): void {
  test('a full read sends every row once, and its lanes end', async (source, place) => {
    const { rows, longest } = await walk(source, requestOf(place), noPositions);
    assert.equal(rows, ROWS);
    assert.equal(longest.checkpoints.at(-1)![0].ended, true);
  });

  test('a lane goes on behind each of its checkpoints', async (source, place) => {
    const { longest } = await walk(source, requestOf(place), noPositions);
    const inside = longest.checkpoints.filter(([checkpoint]) => checkpoint.ended !== true);
    assert.ok(inside.length > 0, 'there is no place to go on from');
    for (const [{ position }, before] of inside) {
      const { rows } = await readLane(longest.lane, position);
      assert.equal(rows, ROWS - before);
    }
  });

  test('a read that is done begins anew, under the next number', async (source, place) => {
    const request = requestOf(place);
    const { committed } = await walk(source, request, noPositions);
    const name = streamText(request.streams[0]!.stream);
    assert.equal(committed.streams.get(name)?.generation, 1);
    const done = { lanes: new Map(), streams: new Map([[name, { generation: 1, phase: 'done' as const }]]) };
    const again = await walk(source, request, done);
    assert.equal(again.rows, ROWS);
    assert.equal(again.committed.streams.get(name)?.generation, 2);
  });

  test('a read whose lanes have ended only asks for its end', async (source, place) => {
    const request = requestOf(place);
    const { committed } = await walk(source, request, noPositions);
    const [group] = await source.groups(request, committed, never);
    for await (const stage of group!.stages(never)) {
      for (const lane of stage.lanes) assert.ok(committed.lanes.get(lane.id)?.ended, lane.id);
      assert.deepEqual(
        stage.streams.map(({ generation }) => generation),
        [1],
      );
    }
  });

  test('a filter and a choice of columns hold; the key always travels', async (source, place) => {
    const request = requestOf(place);
    const [stream] = request.streams;
    const some = { ...request, streams: [{ ...stream!, columns: ['paid'], where: 'id <= 10' }] };
    const [schema] = await source.schemas(some, never);
    assert.deepEqual(
      schema!.columns.map(({ name }) => name),
      ['id', 'paid'],
    );
    assert.equal((await walk(source, some, noPositions)).rows, 10);
  });
}
