import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificates } from '../services/certificates.ts';
import { freePort } from '../services/port.ts';
import { startServer } from '../services/server.ts';

/** A broker of a test's own that asks for users, by TLS and without. */
export interface SecuredBroker extends AsyncDisposable {
  /** Of the listener with TLS, and of that without. */
  readonly tls: string;
  readonly plain: string;
  readonly ca: string;
  /** Of the listener that asks for nobody. */
  readonly open: string;
}

/** Known to PLAIN and to both forms of SCRAM. */
export const USER = { user: 'ann', password: 'pa55-word' } as const;

const plainLogin = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
const scramLogin = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';

/** What users may do is decided by ACLs; who comes by the listener without users may do all. */
const authorizer = [
  'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users=User:ANONYMOUS',
];

/** `acls`: users may do what was granted to them, at `open`, and nothing else. */
export async function startSecured({ acls = false } = {}): Promise<SecuredBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-secured-'));
  const { ca, cert, key } = await makeCertificates(folder);
  const keystore = join(folder, 'keystore.pem');
  await writeFile(keystore, `${await readFile(key, 'utf8')}${await readFile(cert, 'utf8')}`);
  const [port, controller, tls, plain] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const listeners = `PLAINTEXT://127.0.0.1:${port},SASL_SSL://127.0.0.1:${tls},SASL_PLAINTEXT://127.0.0.1:${plain}`;
  const flags = [
    `listeners=${listeners},CONTROLLER://127.0.0.1:${controller}`,
    `advertised.listeners=${listeners}`,
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SASL_PLAINTEXT:SASL_PLAINTEXT',
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'ssl.keystore.type=PEM',
    `ssl.keystore.location=${keystore}`,
    ...(acls ? authorizer : []),
    ...['sasl_ssl', 'sasl_plaintext'].flatMap((name) => [
      `listener.name.${name}.plain.sasl.jaas.config=${plainLogin} user_${USER.user}="${USER.password}";`,
      `listener.name.${name}.scram-sha-256.sasl.jaas.config=${scramLogin}`,
      `listener.name.${name}.scram-sha-512.sasl.jaas.config=${scramLogin}`,
    ]),
  ];
  for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512']) {
    flags.push(`--add-scram=${mechanism}=[name=${USER.user},password=${USER.password}]`);
  }
  const server = await startServer('kafka', { port, flags });
  return {
    tls: `127.0.0.1:${tls}`,
    plain: `127.0.0.1:${plain}`,
    open: `127.0.0.1:${port}`,
    ca,
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}
