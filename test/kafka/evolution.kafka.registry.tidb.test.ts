import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import avro from 'avsc';
import { openDatabase, type Ran, runOnce, type TestDatabase } from '../pipeline.ts';
import { framed, kafkaUrl, openTopic, type TestTopic } from './produce.ts';
import { encodeAvro } from './ticdc.ts';

type Row = Readonly<Record<string, unknown>>;
interface Field {
  readonly name: string;
  readonly type: unknown;
  readonly default?: unknown;
  readonly aliases?: readonly string[];
}

const schemaOf = (...fields: Field[]) => ({ type: 'record', name: 't', fields });
const id: Field = { name: 'id', type: 'int' };

/** A topic into which records of several schemas are written, and a run of it. */
async function evolving(
  body: (topic: Evolving, target: TestDatabase, sync: () => Promise<Ran>) => Promise<void>,
): Promise<void> {
  await using topic = await openTopic(1);
  await using target = await openDatabase('tidb');
  const ends = { id: randomUUID(), from: kafkaUrl(), to: target.url };
  await body(new Evolving(topic), target, () => runOnce(ends, { streams: [topic.name], max_rejects: 0 }));
}

class Evolving {
  readonly topic: TestTopic;

  constructor(topic: TestTopic) {
    this.topic = topic;
  }

  /** Registers a schema as the newest, and gives what writes rows of it. */
  async version(schema: object): Promise<(row: Row) => Promise<void>> {
    const keySchema = schemaOf(id);
    const keyId = await this.topic.register('key', keySchema);
    const valueId = await this.topic.register('value', schema);
    return (row) => this.topic.raw(framed(keyId, encodeAvro(keySchema, row)), framed(valueId, encodeAvro(schema, row)));
  }
}

/** What Avro's own rules make of a record of one schema for a reader with another. */
function resolved(writer: object, reader: object, row: Row): Row {
  const from = avro.Type.forSchema(writer as never, { wrapUnions: 'never' });
  const to = avro.Type.forSchema(reader as never, { wrapUnions: 'never' });
  return to.fromBuffer(from.toBuffer(row), to.createResolver(from) as never) as Row;
}

function assertOk({ finished }: Ran): void {
  assert.equal(finished.status, 'ok', JSON.stringify(finished.error));
}

describe('schemas of a topic, by the rules of Avro', { concurrency: 2 }, () => {
  it('records of all versions read by the newest: defaults, aliases, wider types, fields that are gone', () =>
    evolving(async (at, target, sync) => {
      const one = schemaOf(
        id,
        { name: 'n', type: 'int' },
        { name: 'old', type: 'string' },
        { name: 'gone', type: 'string' },
      );
      const two = schemaOf(
        id,
        { name: 'n', type: 'long' },
        { name: 'name', type: 'string', aliases: ['old'] },
        { name: 'more', type: 'string', default: 'd' },
        { name: 'maybe', type: ['null', 'double'], default: null },
        { name: 'raw', type: 'bytes', default: '\u00ff' },
        { name: 'flag', type: 'boolean', default: true },
      );
      const old = { id: 1, n: 7, old: 'x', gone: 'g' };
      await (await at.version(one))(old);
      const fresh = { id: 2, n: 5_000_000_000n, name: 'y', more: 'm', maybe: 1.5, raw: Buffer.from([1]), flag: false };
      await (await at.version(two))(fresh);
      assertOk(await sync());
      const rows = await target.run(
        `SELECT id, n, name, more, maybe, HEX(raw), flag FROM ${at.topic.name} ORDER BY id`,
      );
      const { n, name, more, maybe, raw, flag } = resolved(one, two, old);
      const hex = (raw as Buffer).toString('hex').toUpperCase();
      assert.deepEqual(rows, [
        ['1', String(n), name, more, maybe, hex, flag ? '1' : '0'],
        ['2', '5000000000', 'y', 'm', '1.5', '01', '0'],
      ]);
    }));

  it('a newer version on the way: columns are added and widened, and older records keep coming', () =>
    evolving(async (at, target, sync) => {
      const one = await at.version(schemaOf(id, { name: 'n', type: 'int' }, { name: 'f', type: 'float' }));
      await one({ id: 1, n: 1, f: 0.5 });
      assertOk(await sync());
      const two = await at.version(schemaOf(id, { name: 'n', type: 'long' }, { name: 'f', type: 'double' }));
      const three = await at.version(
        schemaOf(
          id,
          { name: 'n', type: ['null', 'long'], default: null },
          { name: 'f', type: 'double' },
          {
            name: 'more',
            type: 'string',
            default: 'd',
          },
        ),
      );
      await two({ id: 2, n: 2n ** 40n, f: 1e300 });
      await one({ id: 3, n: 3, f: 0.25 });
      await three({ id: 4, n: null, f: 2, more: 'm' });
      assertOk(await sync());
      assert.deepEqual(await target.run(`SELECT id, n, f, more FROM ${at.topic.name} ORDER BY id`), [
        ['1', '1', '0.5', null],
        ['2', '1099511627776', '1e300', 'd'],
        ['3', '3', '0.25', 'd'],
        ['4', null, '2', 'm'],
      ]);
    }));

  it('a column that newer records lack takes NULL', () =>
    evolving(async (at, target, sync) => {
      const one = await at.version(schemaOf(id, { name: 'a', type: 'string' }));
      await one({ id: 1, a: 'x' });
      assertOk(await sync());
      const two = await at.version(schemaOf(id));
      await two({ id: 2 });
      await one({ id: 3, a: 'y' });
      assertOk(await sync());
      const rows = await target.run(`SELECT id FROM ${at.topic.name} ORDER BY id`);
      assert.deepEqual(rows, [['1'], ['2'], ['3']]);
    }));

  it('types of which neither holds the other stop, with the column named', () =>
    evolving(async (at, _target, sync) => {
      await (await at.version(schemaOf(id, { name: 'a', type: 'int' })))({ id: 1, a: 1 });
      assertOk(await sync());
      await (await at.version(schemaOf(id, { name: 'a', type: 'string' })))({ id: 2, a: 'x' });
      const { finished } = await sync();
      assert.match(finished.error?.code ?? '', /^(?:kafka.schemas-differ|schema\.)/, JSON.stringify(finished.error));
      assert.match(finished.error!.message, /\ba\b/);
    }));

  it("Avro's logical types and enums", () =>
    evolving(async (at, target, sync) => {
      const logical = (type: string, logicalType: string) => ({ type, logicalType });
      const schema = schemaOf(
        id,
        { name: 'd', type: logical('int', 'date') },
        { name: 'tm', type: logical('long', 'time-micros') },
        { name: 'at', type: logical('long', 'timestamp-micros') },
        { name: 'l', type: logical('long', 'local-timestamp-millis') },
        { name: 'e', type: { type: 'enum', name: 'Color', symbols: ['RED', 'GREEN'] } },
        { name: 'fx', type: { type: 'fixed', name: 'Four', size: 4 } },
        { name: 'dec', type: { type: 'fixed', name: 'Dec', size: 2, logicalType: 'decimal', precision: 4, scale: 2 } },
      );
      const row = {
        id: 1,
        d: -1,
        tm: 3_600_000_001n,
        at: -1n,
        l: 1_709_208_000_123n,
        e: 'GREEN',
        fx: Buffer.from('abcd'),
        dec: Buffer.from([0xff, 0x9c]),
      };
      const renamed = {
        ...schema,
        fields: schema.fields.map((one) => (one.name === 'dec' ? { ...one, name: 'num' } : one)),
      };
      await (await at.version(renamed))({ ...row, num: row.dec });
      assertOk(await sync());
      const sql = `SELECT d, tm, at, l, e, fx, num FROM ${at.topic.name}`;
      assert.deepEqual(await target.run(`SET time_zone = '+00:00'`, sql), [
        [
          '1969-12-31',
          '01:00:00.000001',
          '1969-12-31 23:59:59.999999',
          '2024-02-29 12:00:00.123',
          'GREEN',
          'abcd',
          '-1.00',
        ],
      ]);
    }));
});
