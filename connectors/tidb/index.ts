import type { Connector } from '../contract/index.ts';
import { endpoint, SqlDestination, SqlPool, SqlSource, sqlFromUrl } from '../sql/index.ts';
import { requireTidb, type TidbConfig, tidbConfig } from './config.ts';
import { withDiff } from './diff-reading.ts';
import { ScanMeter } from './scan-meter.ts';
import { presentTso, SnapshotReading } from './snapshot-reading.ts';

/** Far below the 100 MiB that a transaction may hold by default; a service that takes less halves it. */
const limits = { commitBytes: 16 * 1024 * 1024, commitRows: 50_000, commitSeconds: 10, lanes: 4 };

/**
 * Request units of a MiB, from the published prices of TiDB Cloud: reading, 64 KiB a unit, and 1 KiB of egress a unit by the public
 * endpoint; writing, 2 KiB a unit, counted for each of three replicas.
 */
const READ_UNITS = 16 + 1024;
const WRITE_UNITS = 3 * 512;

export const tidbConnector: Connector<TidbConfig> = {
  type: 'tidb',
  title: 'TiDB and TiDB Cloud',
  tested: ['TiDB 8.5 (self-built, one process)'],
  expected: ['TiDB 6.5 to 8.5', 'TiDB Cloud Starter, Essential and Dedicated'],
  config: tidbConfig,
  schemes: ['tidb'],
  fromUrl: (url) => sqlFromUrl(url, 'tidb', tidbConfig),
  source(config, context) {
    const pool = new SqlPool(config, { side: 'source', ...context });
    const meter = new ScanMeter();
    return new SqlSource({
      pool,
      dialect: 'tidb',
      modes: ['full', 'incremental', 'cdc'],
      scannedRequestUnits: () => meter.requestUnits,
      requestUnitsPerMiB: READ_UNITS,
      now: presentTso,
      reading: (sessions, info) => {
        requireTidb(info, endpoint(config));
        return withDiff(new SnapshotReading(sessions), sessions, meter);
      },
    });
  },
  destination(config, context) {
    const pool = new SqlPool(config, { side: 'destination', ...context });
    const accept = (info: Parameters<typeof requireTidb>[0]) => requireTidb(info, endpoint(config));
    return new SqlDestination({ pool, context, dialect: 'tidb', limits, accept, requestUnitsPerMiB: WRITE_UNITS });
  },
};
