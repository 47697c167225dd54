import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alterUserScramCredentialsV0, Connection } from '@platformatic/kafka';
import { makeCertificates } from '../services/certificates.ts';
import { freePort } from '../services/port.ts';
import { type Server, startServer } from '../services/server.ts';

/** A broker of a test's own that asks for users, by TLS and without. */
export interface SecuredBroker extends AsyncDisposable {
  /** Of the listener with TLS, and of that without. */
  readonly tls: string;
  readonly plain: string;
  readonly ca: string;
}

/** Known to PLAIN and to both forms of SCRAM. */
export const USER = { user: 'ann', password: 'pa ss,"word"' } as const;

const plainLogin = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
const scramLogin = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';

export async function startSecured(): Promise<SecuredBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-secured-'));
  const { ca, cert, key } = await makeCertificates(folder);
  const keystore = join(folder, 'keystore.pem');
  await writeFile(keystore, `${await readFile(key, 'utf8')}${await readFile(cert, 'utf8')}`);
  const [port, controller, tls, plain] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const listeners = `PLAINTEXT://127.0.0.1:${port},SASL_SSL://127.0.0.1:${tls},SASL_PLAINTEXT://127.0.0.1:${plain}`;
  const password = USER.password.replaceAll('"', '\\\\"');
  const flags = [
    `listeners=${listeners},CONTROLLER://127.0.0.1:${controller}`,
    `advertised.listeners=${listeners}`,
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SASL_PLAINTEXT:SASL_PLAINTEXT',
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'ssl.keystore.type=PEM',
    `ssl.keystore.location=${keystore}`,
    ...['sasl_ssl', 'sasl_plaintext'].flatMap((name) => [
      `listener.name.${name}.plain.sasl.jaas.config=${plainLogin} user_${USER.user}="${password}";`,
      `listener.name.${name}.scram-sha-256.sasl.jaas.config=${scramLogin}`,
      `listener.name.${name}.scram-sha-512.sasl.jaas.config=${scramLogin}`,
    ]),
  ];
  const server = await startServer('kafka', { port, flags });
  await addUser(server);
  return {
    tls: `127.0.0.1:${tls}`,
    plain: `127.0.0.1:${plain}`,
    ca,
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** https://www.rfc-editor.org/rfc/rfc5802: the broker keeps the salted password only. */
async function addUser({ port }: Server): Promise<void> {
  const connection = new Connection('millrace-test');
  await connection.connect('127.0.0.1', port);
  const users = (
    [
      [1, 'sha256', 32],
      [2, 'sha512', 64],
    ] as const
  ).map(([mechanism, hash, size]) => {
    const salt = randomBytes(16);
    const saltedPassword = pbkdf2Sync(USER.password, salt, 4096, size, hash);
    return { name: USER.user, mechanism, iterations: 4096, salt, saltedPassword };
  });
  await alterUserScramCredentialsV0.api.async(connection, [], users);
  await connection.close();
}
