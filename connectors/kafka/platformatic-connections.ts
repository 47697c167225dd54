import type { Base, Connection } from '@platformatic/kafka';

/**
 * A client that closes all of its connections when it is closed. The library's pool forgets one where another to the same broker had broken just
 * before: the end of the former takes the new one out of the pool, which then stays open for ever, and its process with it.
 */
export function closingAll<T extends Base>(client: T): T {
  const open = new Set<Connection>();
  let closed = false;
  client.on('client:broker:connect', ({ connection }) => {
    open.add(connection);
    connection.once('close', () => open.delete(connection));
    // It was being made when the client was closed.
    if (closed) connection.close(() => undefined);
  });
  client.on('client:close', () => {
    closed = true;
    for (const connection of open) connection.close(() => undefined);
  });
  return client;
}
