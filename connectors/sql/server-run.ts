import { cellText } from './introspect-run.ts';
import { query } from './query.ts';
import type { Session } from './session.ts';

/** Seconds by which two looks at the start of one server may differ: both of its clocks are whole seconds. */
const BLUR = 3;

const known = new WeakMap<Session, Promise<string>>();

/**
 * The life of the server process behind a session: its host, port and start. Ids of connections mean something only within it, since another
 * process gives the same ids again. TiDB's nodes have an id of their own for each life; other servers tell their start by how long they are up.
 */
export function serverRun(session: Session): Promise<string> {
  const asked = known.get(session);
  if (asked !== undefined) return asked;
  const asking = ask(session);
  known.set(session, asking);
  asking.catch(() => known.delete(session));
  return asking;
}

async function ask(session: Session): Promise<string> {
  const status = await query(session, "SHOW GLOBAL STATUS WHERE Variable_name IN ('Uptime', 'server_id')");
  const [row] = await query(session, 'SELECT @@hostname, @@port, UNIX_TIMESTAMP()');
  const [host, port, now] = row!.map(String);
  const of = (name: string) => cellText(status.find(([each]) => String(each) === name)?.[1]) ?? '';
  return JSON.stringify([host, port, of('server_id'), Number(now) - Number(of('Uptime'))]);
}

/** Whether two such texts tell of the same life. In doubt (a clock was set, nothing is known) they do not. */
export function sameRun(a: string, b: string): boolean {
  if (a === '' || b === '') return false;
  const [left, right] = [JSON.parse(a), JSON.parse(b)] as [unknown[], unknown[]];
  const place = (run: unknown[]) => JSON.stringify(run.slice(0, 3));
  return place(left) === place(right) && Math.abs(Number(left[3]) - Number(right[3])) <= BLUR;
}
