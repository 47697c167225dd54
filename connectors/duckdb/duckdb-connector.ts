import type { Connector } from '../contract/index.ts';
import { DatabaseShelf } from './database-shelf.ts';
import { DuckDestination } from './destination.ts';
import { type DuckdbConfig, duckdbConfig } from './duckdb-config.ts';
import type { FileOptions } from './file.ts';
import { fileFromUrl } from './file-config.ts';
import { DuckSource } from './source.ts';

function options({ path, memory, threads }: DuckdbConfig, access: FileOptions['access']): FileOptions {
  return { path, access, memory, ...(threads === undefined ? {} : { threads }) };
}

/** A DuckDB file: `duckdb:data/shop.duckdb`. */
export const duckdbConnector: Connector<DuckdbConfig> = {
  type: 'duckdb',
  title: 'DuckDB',
  tested: ['DuckDB 1.5 (inside millrace)'],
  expected: ['files of DuckDB 1.0 to 1.5'],
  config: duckdbConfig,
  schemes: ['duckdb'],
  fromUrl: (url) => fileFromUrl(url, 'duckdb', duckdbConfig),
  source: (config) => new DuckSource(new DatabaseShelf(options(config, 'read'))),
  destination: (config, context) => new DuckDestination(options(config, 'write'), context),
};
