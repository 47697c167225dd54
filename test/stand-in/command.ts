// node test/stand-in/command.ts --server mysql://root@127.0.0.1:14000 --port 4400 --wake 5 --idle 30 ...
// Puts a running server behind the manners of a serverless cluster until it is ended. Durations are seconds.
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeCertificates } from '../services/certificates.ts';
import type { Manners } from './manners.ts';
import { StandIn } from './stand-in.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    server: { ...text, default: 'mysql://root@127.0.0.1:14000' },
    port: { ...text, default: '0' },
    prefix: text,
    wake: text,
    'sleep-after': text,
    idle: text,
    age: text,
    'transaction-age': text,
    'transaction-bytes': text,
    exhausted: { type: 'boolean', default: false },
  },
});

function seconds<K extends keyof Manners>(name: K, value: string | undefined): Partial<Record<K, number>> {
  return value === undefined ? {} : ({ [name]: Number(value) * 1000 } as Record<K, number>);
}

const manners: Manners = {
  ...seconds('wake', values.wake),
  ...seconds('sleepAfter', values['sleep-after']),
  ...seconds('idle', values.idle),
  ...seconds('age', values.age),
  ...seconds('transactionAge', values['transaction-age']),
  ...(values['transaction-bytes'] === undefined ? {} : { transactionBytes: Number(values['transaction-bytes']) }),
  ...(values.prefix === undefined ? {} : { userPrefix: values.prefix }),
  exhausted: values.exhausted,
};
const folder = await mkdtemp(join(tmpdir(), 'millrace-stand-in-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit());
const certificates = await makeCertificates(folder);
const say = (line: string) => process.stdout.write(`${new Date().toISOString().slice(11, 23)} ${line}\n`);
const standIn = await StandIn.start({
  server: values.server,
  port: Number(values.port),
  certificates,
  manners,
});
standIn.onTold = (told) => say('open' in told ? `${told.open} open` : told.event);
say(`listening: 127.0.0.1:${standIn.port}?tls=verify&ca=${certificates.ca}`);
