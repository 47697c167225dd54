import { setTimeout as sleep } from 'node:timers/promises';
import { seeded } from '../mysql/workload.ts';
import type { Server } from '../services/server.ts';
import type { Keeper } from './keeper.ts';

/** What is disturbed. */
export interface Disturbed {
  readonly keepers: readonly Keeper[];
  readonly servers: readonly Server[];
  readonly say: (what: string) => void;
  readonly stop: AbortSignal;
}

type Draw = ReturnType<typeof seeded>;
type Deed = (draw: Draw, disturbed: Disturbed) => Promise<void>;

/** A flow whose process works: one that only starts would be killed again and again before it does anything. */
async function working(draw: Draw, { keepers, stop }: Disturbed): Promise<Keeper> {
  const keeper = keepers[draw(keepers.length)]!;
  const afterMs = draw(1_500);
  await keeper.begun(stop);
  await sleep(afterMs);
  return keeper;
}

const signalled =
  (signal: 'SIGKILL' | 'SIGTERM'): Deed =>
  async (draw, disturbed) => {
    const keeper = await working(draw, disturbed);
    disturbed.say(`${signal} ${keeper.name}`);
    keeper.running?.child.kill(signal);
  };

const freeze: Deed = async (draw, disturbed) => {
  const ms = 500 + draw(4_000);
  const keeper = await working(draw, disturbed);
  const { say } = disturbed;
  say(`freeze ${keeper.name} for ${ms} ms, another beside it`);
  const child = keeper.running?.child;
  child?.kill('SIGSTOP');
  await keeper.beside(ms);
  child?.kill('SIGCONT');
};

const beside: Deed = async (draw, { keepers, say }) => {
  const keeper = keepers[draw(keepers.length)]!;
  say(`two of ${keeper.name}`);
  await keeper.beside(1_000 + draw(4_000));
};

const restart =
  (kind: Server['kind']): Deed =>
  async (_draw, { servers, say }) => {
    say(`restart ${kind}`);
    await servers.find((server) => server.kind === kind)?.restart();
    say(`${kind} is back`);
  };

/**
 * Each comes so often in a round, in an order that the seed gives. TiDB stays: its embedded store, ended under load, gave fewer rows at a TSO
 * after it began again than before, which no cluster does.
 */
const round: readonly Deed[] = [
  ...Array.from({ length: 6 }, () => signalled('SIGKILL')),
  ...[signalled('SIGTERM'), signalled('SIGTERM'), freeze, freeze, beside],
  ...(['kafka', 'mysql', 'registry'] as const).map(restart),
];

/** One deed after the other, with pauses of up to three seconds, until told to stop. Gives how many there were. */
export async function disturb(disturbed: Disturbed, seed: number): Promise<number> {
  const { stop } = disturbed;
  const draw = seeded(seed);
  let deeds = 0;
  let left: Deed[] = [];
  while (!stop.aborted) {
    await sleep(300 + draw(2_700), undefined, { signal: stop }).catch(() => undefined);
    if (stop.aborted) break;
    if (left.length === 0) left = [...round];
    const [deed] = left.splice(draw(left.length), 1);
    await deed!(draw, disturbed);
    deeds += 1;
  }
  return deeds;
}
