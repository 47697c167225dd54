import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ask } from './command.ts';
import type { Certificates } from './recipe.ts';

const NAMES = 'subjectAltName=DNS:localhost,IP:127.0.0.1\n';

/** Makes an authority and a server certificate for the loopback, valid for two days, as PEM files in a folder. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const at = (name: string) => join(folder, name);
  const files = { ca: at('ca.pem'), cert: at('server.pem'), key: at('server-key.pem') };
  const newKey = ['-newkey', 'rsa:2048', '-nodes'];
  const openssl = (...words: string[]) => ask('openssl', words);
  const authority = ['-x509', '-subj', '/CN=millrace test authority', '-days', '2'];
  await openssl('req', ...authority, ...newKey, '-keyout', at('ca-key.pem'), '-out', files.ca);
  await openssl('req', '-subj', '/CN=localhost', ...newKey, '-keyout', files.key, '-out', at('server.csr'));
  await writeFile(at('names'), NAMES);
  const signing = ['-CA', files.ca, '-CAkey', at('ca-key.pem'), '-CAcreateserial', '-days', '2'];
  await openssl('x509', '-req', '-in', at('server.csr'), ...signing, '-extfile', at('names'), '-out', files.cert);
  return files;
}
