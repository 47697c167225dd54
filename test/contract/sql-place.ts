import { openDatabase, type ServerName } from '../pipeline.ts';
import type { Place } from './place.ts';

/** A database of a shared server. */
export async function sqlPlace(server: ServerName): Promise<Place> {
  const database = await openDatabase(server);
  return {
    url: database.url,
    namespace: database.name,
    run: database.run,
    tables: async () => (await database.run('SHOW TABLES')).map(([name]) => name!).sort(),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
