import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SchemaRegistry } from '../../connectors/kafka/registry.ts';
import { makeCertificates } from '../services/certificates.ts';
import { sharedUrl } from '../services/shared.ts';

const schema = { type: 'record', name: 't', fields: [{ name: 'id', type: 'int' }] };

type Seen = { readonly authorization: string[]; status: number | undefined };

/** What stands before the real registry: notes who asks, and may answer by itself. */
function forward(seen: Seen) {
  return (from: IncomingMessage, to: ServerResponse) => {
    seen.authorization.push(from.headers.authorization ?? '');
    if (seen.status !== undefined) {
      to.writeHead(seen.status).end('{}');
      return;
    }
    const url = new URL(`${sharedUrl('registry')}${from.url}`);
    const { 'content-type': type = 'application/json' } = from.headers;
    const asked = request(url, { method: from.method, headers: { 'content-type': type } }, (answer) => {
      to.writeHead(answer.statusCode!, { 'content-type': 'application/json' });
      answer.pipe(to);
    });
    from.pipe(asked);
  };
}

async function standing(
  body: (root: string, seen: Seen) => Promise<void>,
  certificates?: { readonly cert: string; readonly key: string },
): Promise<void> {
  const seen: Seen = { authorization: [], status: undefined };
  const server = certificates ? createSecure(certificates, forward(seen)) : createServer(forward(seen));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    await body(`${certificates ? 'https' : 'http'}://127.0.0.1:${port}`, seen);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const subject = () => `mr_${Math.random().toString(36).slice(2)}-value`;

describe('the schema registry', () => {
  it('is asked with user and password, or with a token', () =>
    standing(async (url, { authorization }) => {
      const id = await new SchemaRegistry({ url, user: 'u', password: 'p:ü' }).register(subject(), schema);
      const read = await new SchemaRegistry({ url, token: 'abc' }).byId(id);
      assert.deepEqual(read.avro.fields, schema.fields);
      const [basic, bearer] = authorization;
      assert.equal(Buffer.from(basic!.slice(6), 'base64').toString(), 'u:p:ü');
      assert.equal(bearer, 'Bearer abc');
    }));

  it('over TLS is trusted by its authority alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mr-registry-'));
    try {
      const files = await makeCertificates(folder);
      const [cert, key] = await Promise.all([readFile(files.cert, 'utf8'), readFile(files.key, 'utf8')]);
      await standing(
        async (url) => {
          const trusted = new SchemaRegistry({ url, ca: files.ca });
          assert.ok((await trusted.register(subject(), schema)) > 0);
          await assert.rejects(new SchemaRegistry({ url }).byId(1), { code: 'kafka.registry' });
        },
        { cert, key },
      );
      assert.throws(() => new SchemaRegistry({ url: 'https://x', ca: join(folder, 'none') }), {
        code: 'config.invalid',
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('of several addresses the next is asked where one is gone or fails, and stays the first', () =>
    standing(async (broken, brokenSeen) =>
      standing(async (good, seen) => {
        brokenSeen.status = 503;
        const registry = new SchemaRegistry({ url: ['http://127.0.0.1:9', broken, good] });
        const name = subject();
        const id = await registry.register(name, schema);
        assert.equal((await registry.byId(id)).id, id);
        assert.deepEqual([brokenSeen.authorization.length, seen.authorization.length], [1, 2]);
        seen.status = 503;
        await assert.rejects(registry.latest('none', 'value'), { code: 'kafka.registry' });
      }),
    ));

  it('tells the versions of a topic from other schemas', async () => {
    const registry = new SchemaRegistry({ url: sharedUrl('registry') });
    const topic = subject().replace('-value', '');
    const wider = { ...schema, fields: [...schema.fields, { name: 'v', type: 'string', default: '' }] };
    const [one, two] = [
      await registry.register(`${topic}-value`, schema),
      await registry.register(`${topic}-value`, wider),
    ];
    const other = await registry.register(subject(), { ...schema, name: `other_${topic}` });
    const versions = await Promise.all([one, two, other].map((id) => registry.isVersion(topic, 'value', id)));
    assert.deepEqual(versions, [true, true, false]);
    assert.equal((await registry.latest(topic, 'value'))?.id, two);
  });
});
