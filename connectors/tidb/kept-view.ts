import type { Lease, View } from '../sql/index.ts';

/** Milliseconds for which a session stays at its moment when nobody uses it. */
const KEPT_MS = 50;
/** Milliseconds after which a session is handed back however busy it is: services cut old connections. */
const OLD_MS = 200_000;

/**
 * Sessions that stay at a moment between questions: to go there costs the server a look at all its schemas, which is dear where there are
 * many. They are handed back as soon as nobody asks, so that none is kept from those who wait for a connection.
 */
export function keptView(view: View): View {
  const free: { readonly lease: Lease; readonly timer: NodeJS.Timeout }[] = [];
  const keep = (lease: Lease) => {
    const { session } = lease;
    if (session.lost || performance.now() - session.openedAt > OLD_MS) return lease[Symbol.asyncDispose]();
    const timer = setTimeout(() => {
      free.splice(
        free.findIndex((one) => one.lease === lease),
        1,
      );
      void lease[Symbol.asyncDispose]();
    }, KEPT_MS);
    free.push({ lease, timer });
    return Promise.resolve();
  };
  return async (signal) => {
    const kept = free.pop();
    if (kept !== undefined) clearTimeout(kept.timer);
    const lease = kept?.lease ?? (await view(signal));
    return { session: lease.session, [Symbol.asyncDispose]: () => keep(lease) };
  };
}
