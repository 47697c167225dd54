/**
 * A process to be killed: `load` commits batch after batch and tells each, `finish` swaps a built table in, `hold` keeps a file open.
 * Arguments: what, path.
 */
import type { MillraceError, StreamSchema } from '../../connectors/contract/index.ts';
import { batch, destination, load, target } from './fixture.ts';

export const numbers: StreamSchema = {
  stream: { namespace: 'crash', name: 'numbers' },
  columns: [
    { name: 'n', type: { kind: 'integer', bits: 64, unsigned: false }, nullable: false },
    { name: 'pad', type: { kind: 'text' }, nullable: false },
  ],
  key: ['n'],
};

/** Rows of one commit. */
export const COMMIT_ROWS = 6000;

const say = (line: string) => process.stdout.write(`${line}\n`);

function part(from: number) {
  return batch(
    numbers,
    Array.from({ length: COMMIT_ROWS / 2 }, (_, i) => [String(from + i), `some text that is long enough ${from + i}`]),
  );
}

/** Each commit: two batches and the position, which is the next number. */
async function loadForever(path: string, write: 'append' | 'upsert'): Promise<void> {
  await using to = destination(path);
  const where = target(numbers, write);
  await to.apply(await to.plan(where, undefined));
  const { writer, after } = await to.open('lane', [where], 'source', () => undefined);
  for (let next = Number(after ?? 0); ; next += COMMIT_ROWS) {
    await writer.write(part(next));
    say(`written ${next}`);
    await writer.write(part(next + COMMIT_ROWS / 2));
    await writer.commit(String(next + COMMIT_ROWS), false);
    say(`committed ${next + COMMIT_ROWS}`);
  }
}

async function finish(path: string): Promise<void> {
  await using to = destination(path);
  const where = target(numbers, 'overwrite');
  const generation = ((await to.positions()).streams.get('crash.numbers')?.generation ?? 0) + 1;
  await load(to, where, [part(generation), part(generation + COMMIT_ROWS)], {
    generation,
    lane: `full/${generation}/crash.numbers/0`,
  });
  say('finishing');
  await to.finish(where, generation);
  say('finished');
}

async function hold(path: string): Promise<void> {
  await using to = destination(path);
  await to.setPosition('held', '1');
  say('holding');
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}

if (process.argv[1]?.endsWith('child.ts')) {
  const [, , what = '', path = ''] = process.argv;
  if (what === 'finish') await finish(path);
  else if (what === 'hold') await hold(path);
  else {
    const failed = loadForever(path, what === 'upsert' ? 'upsert' : 'append');
    await failed.catch((thrown: MillraceError) => say(`failed ${thrown.code}: ${thrown.message}`));
  }
}
