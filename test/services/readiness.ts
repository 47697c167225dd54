import { setTimeout as sleep } from 'node:timers/promises';

const START_MS = 120_000;

/** Above the 15 s that TiDB gives to open transactions. */
const STOP_MS = 40_000;

/**
 * Asks a server again and again until it answers.
 * @param exited where it can be told that the server has ended, its exit status
 * @throws Error when the server ends, or has not answered in two minutes
 */
export async function untilReady(ready: () => Promise<boolean>, exited?: Promise<number>): Promise<void> {
  let status: number | undefined;
  void exited?.then((value) => {
    status = value;
  });
  const deadline = Date.now() + START_MS;
  while (status === undefined) {
    if (await ready()) return;
    if (Date.now() > deadline) throw new Error(`it did not answer in ${START_MS / 1000} s`);
    await sleep(100);
  }
  throw new Error(`it ended with status ${status}`);
}

/** @throws Error when a server that was told to end is still there after longer than any of them takes */
export async function withinStopTime<T>(ended: Promise<T>): Promise<T> {
  const late = sleep(STOP_MS, undefined, { ref: false }).then(() => {
    throw new Error(`the server did not end within ${STOP_MS / 1000} s`);
  });
  return Promise.race([ended, late]);
}
