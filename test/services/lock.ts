import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Holds a lock across processes while `work` runs, waiting for as long as another holds it. The kernel
 * owns the lock (flock), through a child that ends when this process ends, so that no crash leaves it held.
 * @throws Error when the lock cannot be taken at all, as where `flock` of util-linux is missing
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const holder = spawn('flock', [path, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const gone = once(holder, 'exit');
  await Promise.race([
    once(holder.stdout, 'data'),
    gone.then(([status]) => {
      throw new Error(`flock ${path} ended with ${status}`);
    }),
  ]);
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await gone;
  }
}
