import type {
  BuildEvents,
  IncrementalBuild,
  SchemaChange,
  SnapshotBuild,
} from '../../../transforms/materialize/index.ts';
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
  /** None: nothing was there. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** How many steps it has at least on a server, where that is not four. */
  readonly steps?: number;
  /** What of `m` is looked at, in the place of `id, v`. */
  readonly columns?: string;
  /** What the next run makes of the rows that it finds, where that is not `after`. */
  readonly again?: (rows: readonly string[]) => readonly string[];
}

const old = "SELECT 1 AS id, 'old' AS v UNION ALL SELECT 2, 'old'";
const fresh = "SELECT 2 AS id, 'new' AS v UNION ALL SELECT 3, 'new'";
const before = ["1, 'old'", "2, 'old'"];
const replaced = ["2, 'new'", "3, 'new'"];
const merged = ["1, 'old'", "2, 'new'", "3, 'new'"];

const asTable = async (place: Place) =>
  void (await buildTable(place.session, place.build('m', old), { signal: never }));
const asView = async (place: Place) => void (await buildView(place.session, place.build('m', old), { signal: never }));

/** An incremental build of `first`, and then of `second`. */
function incremental(
  strategy: IncrementalBuild['strategy'],
  { first = old, second = fresh, after = merged, onSchemaChange = 'ignore' as SchemaChange } = {},
): Scenario {
  const run = (place: Place, sql: string, events: BuildEvents) => {
    const build = { ...place.build('m', sql), strategy, onSchemaChange, fullRefresh: false };
    return buildIncremental(place.session, build, { signal: never, ...events });
  };
  return {
    prepare: async (place) => void (await run(place, first, {})),
    build: (place, events) => run(place, second, events),
    before,
    after,
  };
}

const key = ['id'];
const batch = { kind: 'microbatch', eventTime: 'told', from: "'2026-01-02'", to: "'2026-01-03'" } as const;
const told = (sql: string) => `SELECT r.*, CAST('2026-01-02 10:00:00' AS DATETIME) AS told FROM (${sql}) AS r`;
/** The first row is of another batch. */
const toldOld = `${told("SELECT 2 AS id, 'old' AS v")} UNION ALL SELECT 1, 'old', CAST('2026-01-01 10:00:00' AS DATETIME)`;

function snapshot(place: Place, sql: string, hardDeletes: SnapshotBuild['hardDeletes'], events: BuildEvents) {
  const names = { scdId: 'scd_id', updatedAt: 'told', validFrom: 'since', validTo: 'ends', isDeleted: 'gone' };
  const build = { ...place.build('m', sql), key: [{ name: 'id', computed: false }], changedBy: 'all', names } as const;
  return buildSnapshot(place.session, { ...build, hardDeletes }, { signal: never, ...events });
}

const validity = "id, v, CASE WHEN ends IS NULL THEN 'holds' ELSE 'ended' END";

function snapshotScenario(hardDeletes: SnapshotBuild['hardDeletes'], first: string): Scenario {
  return {
    prepare: async (place) => void (await snapshot(place, old, hardDeletes, {})),
    build: (place, events) => snapshot(place, fresh, hardDeletes, events),
    columns: validity,
    before: before.map((row) => `${row}, 'holds'`),
    after: [`1, 'old', '${first}'`, "2, 'new', 'holds'", "2, 'old', 'ended'", "3, 'new', 'holds'"],
  };
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
  'a table where there was nothing': {
    prepare: async () => {},
    build: (place, events) => buildTable(place.session, place.build('m', fresh), { signal: never, ...events }),
    before: [],
    after: replaced,
  },
  'a table that is filled by a stream': {
    prepare: asTable,
    build: (place, events) =>
      buildTable(place.session, place.build('m', fresh, { fill: 'stream' }), { signal: never, ...events }),
    before,
    after: replaced,
  },
  'a view in the place of a view': {
    steps: 1,
    prepare: asView,
    build: (place, events) => buildView(place.session, place.build('m', fresh), { signal: never, ...events }),
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
  'delete and insert': incremental({ kind: 'delete+insert', key }),
  merge: incremental({ kind: 'merge', key }),
  'rows that are added': {
    steps: 3,
    ...incremental({ kind: 'append' }, { after: [...before, ...replaced].sort() }),
    again: (rows) => [...rows, ...replaced].sort(),
  },
  'a batch': incremental(batch, { first: toldOld, second: told(fresh) }),
  'columns that come, go and change': incremental(
    { kind: 'delete+insert', key },
    {
      first: `SELECT r.*, 1 AS wider, 'x' AS goes FROM (${old}) AS r`,
      second: `SELECT r.*, 5000000000 AS wider, 'y' AS comes FROM (${fresh}) AS r`,
      onSchemaChange: 'sync_all_columns',
    },
  ),
  'a snapshot where there was nothing': {
    prepare: async () => {},
    build: (place, events) => snapshot(place, fresh, 'new_record', events),
    before: [],
    after: replaced,
  },
  'a snapshot that ends what is gone': snapshotScenario('invalidate', 'ended'),
  'a snapshot that keeps what is gone': snapshotScenario('ignore', 'holds'),
  'a snapshot, with a new column': {
    prepare: async (place) => void (await snapshot(place, old, 'new_record', {})),
    build: (place, events) => snapshot(place, `SELECT r.*, 'more' AS w FROM (${fresh}) AS r`, 'new_record', events),
    before,
    after: ["1, 'old'", "1, 'old'", "2, 'new'", "2, 'old'", "3, 'new'"],
  },
};
