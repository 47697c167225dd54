import type { Connector } from '../contract/index.ts';
import {
  type CsvConfig,
  csvConfig,
  fileFromUrl,
  type JsonConfig,
  jsonConfig,
  type ParquetConfig,
  parquetConfig,
} from './file-config.ts';
import { csvFormat, jsonFormat, parquetFormat } from './file-format.ts';
import { FileShelf } from './file-shelf.ts';
import { DuckSource } from './source.ts';

/** CSV files: `csv:data/orders.csv`. */
export const csvConnector: Connector<CsvConfig> = {
  type: 'csv',
  title: 'CSV files',
  tested: ['as DuckDB 1.5 reads them'],
  expected: [],
  config: csvConfig,
  schemes: ['csv'],
  fromUrl: (url) => fileFromUrl(url, 'csv', csvConfig),
  source: (config) => new DuckSource(new FileShelf(config, csvFormat(config))),
};

/** JSON files, an array or an object a line: `json:data/orders.jsonl`. */
export const jsonConnector: Connector<JsonConfig> = {
  type: 'json',
  title: 'JSON files',
  tested: ['as DuckDB 1.5 reads them'],
  expected: [],
  config: jsonConfig,
  schemes: ['json'],
  fromUrl: (url) => fileFromUrl(url, 'json', jsonConfig),
  source: (config) => new DuckSource(new FileShelf(config, jsonFormat)),
};

/** Parquet files: `parquet:data/orders-*.parquet`. */
export const parquetConnector: Connector<ParquetConfig> = {
  type: 'parquet',
  title: 'Parquet files',
  tested: ['as DuckDB 1.5 reads them'],
  expected: [],
  config: parquetConfig,
  schemes: ['parquet'],
  fromUrl: (url) => fileFromUrl(url, 'parquet', parquetConfig),
  source: (config) => new DuckSource(new FileShelf(config, parquetFormat)),
};
