import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Server } from '../services/server.ts';
import { DATABASE } from './lab.ts';
import { type Measured, measure } from './measured.ts';
import { pythonPrograms } from './python.ts';

const VERSION = '1.31.0';
// DuckDB of the same version as millrace's, so that the file of one can be read by the other.
const packages = [`dlt[duckdb,sqlalchemy]==${VERSION}`, 'connectorx', 'duckdb==1.5.*', 'pyarrow', 'pymysql', 'pandas'];

/** The columnar path of dlt, which is its fastest: connectorx reads, Arrow tables are handed on. */
const SCRIPT = `
import sys, dlt
from dlt.sources.sql_database import sql_table
source, target, table, database = sys.argv[1:5]
if target.startswith("duckdb:"):
    destination = dlt.destinations.duckdb(target[len("duckdb:"):])
else:
    destination = dlt.destinations.sqlalchemy(target.replace("mysql://", "mysql+pymysql://") + "/" + database)
rows = sql_table(
    credentials=source.replace("mysql://", "mysql+pymysql://") + "/" + database,
    table=table,
    backend="connectorx",
    backend_kwargs={"conn": source + "/" + database},
)
pipeline = dlt.pipeline("bench", destination=destination, dataset_name=database, pipelines_dir="state")
info = pipeline.run(rows, write_disposition="replace")
info.raise_on_failed_jobs()
`;

export interface DltCopy {
  readonly source: Server;
  /** A server, or a DuckDB file. */
  readonly target: Server | { readonly file: string };
  readonly table: string;
  readonly cwd: string;
}

/** @throws CannotMeasure where PyPI cannot be reached */
export async function copyByDlt({ source, target, table, cwd }: DltCopy): Promise<Measured> {
  const programs = await pythonPrograms(`dlt-${VERSION}-duckdb-1.5`, packages);
  const script = join(cwd, 'bench_dlt.py');
  await writeFile(script, SCRIPT);
  const to = 'file' in target ? `duckdb:${target.file}` : target.url;
  return measure([join(programs, 'python3'), script, source.url, to, table, DATABASE], {
    cwd,
    env: { RUNTIME__DLTHUB_TELEMETRY: 'false', RUNTIME__LOG_LEVEL: 'ERROR' },
  });
}
