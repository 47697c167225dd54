import type { BuildEvents, IncrementalBuild } from '../../../transforms/materialize/index.ts';
import {
  buildIncremental,
  buildSeed,
  buildSnapshot,
  buildTable,
  buildView,
} from '../../../transforms/materialize/index.ts';
import { never, type Place } from '../adapter/target.ts';

/** A build that is killed, what was there before, and what readers may see: rows of `SELECT id, v FROM m ORDER BY id, v`. */
export interface Scenario {
  prepare(place: Place): Promise<void>;
  build(place: Place, events: BuildEvents): Promise<unknown>;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

const old = "SELECT 1 AS id, 'old' AS v UNION ALL SELECT 2, 'old'";
const fresh = "SELECT 2 AS id, 'new' AS v UNION ALL SELECT 3, 'new'";
const before = ["1, 'old'", "2, 'old'"];
const replaced = ["2, 'new'", "3, 'new'"];
const merged = ["1, 'old'", "2, 'new'", "3, 'new'"];

const asTable = async (place: Place) =>
  void (await buildTable(place.session, place.build('m', old), { signal: never }));
const asView = async (place: Place) => void (await buildView(place.session, place.build('m', old), { signal: never }));

function incremental(kind: 'delete+insert' | 'merge') {
  return (place: Place, sql: string, events: BuildEvents) => {
    const strategy: IncrementalBuild['strategy'] = { kind, key: ['id'] };
    const build = { ...place.build('m', sql), strategy, onSchemaChange: 'ignore', fullRefresh: false } as const;
    return buildIncremental(place.session, build, { signal: never, ...events });
  };
}

function incrementalScenario(kind: 'delete+insert' | 'merge'): Scenario {
  const run = incremental(kind);
  return {
    prepare: async (place) => void (await run(place, old, {})),
    build: (place, events) => run(place, fresh, events),
    before,
    after: merged,
  };
}

function snapshot(place: Place, sql: string, events: BuildEvents) {
  const names = { scdId: 'scd_id', updatedAt: 'told', validFrom: 'since', validTo: 'ends', isDeleted: 'gone' };
  const build = { ...place.build('m', sql), key: [{ name: 'id', computed: false }], changedBy: 'all', names } as const;
  return buildSnapshot(place.session, { ...build, hardDeletes: 'new_record' }, { signal: never, ...events });
}

export const scenarios: Readonly<Record<string, Scenario>> = {
  'a table in the place of a table': {
    prepare: asTable,
    build: (place, events) =>
      buildTable(place.session, place.build('m', fresh, { indexes: [{ columns: ['id'], unique: true }] }), {
        signal: never,
        ...events,
      }),
    before,
    after: replaced,
  },
  'a table in the place of a view': {
    prepare: asView,
    build: (place, events) => buildTable(place.session, place.build('m', fresh), { signal: never, ...events }),
    before,
    after: replaced,
  },
  'a view in the place of a table': {
    prepare: asTable,
    build: (place, events) => buildView(place.session, place.build('m', fresh), { signal: never, ...events }),
    before,
    after: replaced,
  },
  'a seed': {
    prepare: asTable,
    build: (place, events) => {
      const seed = {
        relation: place.name('m'),
        source: 'id,v\n2,new\n3,new\n',
        delimiter: ',',
        columnTypes: new Map(),
      };
      return buildSeed(place.session, seed, { signal: never, ...events });
    },
    before,
    after: replaced,
  },
  'delete and insert': incrementalScenario('delete+insert'),
  merge: incrementalScenario('merge'),
  'a snapshot, with a new column': {
    prepare: async (place) => void (await snapshot(place, old, {})),
    build: (place, events) => snapshot(place, `SELECT r.*, 'more' AS w FROM (${fresh}) AS r`, events),
    before,
    after: ["1, 'old'", "1, 'old'", "2, 'new'", "2, 'old'", "3, 'new'"],
  },
};
