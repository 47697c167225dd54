import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Destination } from '../../connectors/contract/index.ts';
import { type PipelineConfig, verifyPipeline } from '../../connectors/sync/index.ts';
import {
  never,
  type OpenPipeline,
  openDatabase,
  openPipeline,
  type Ran,
  runOnce,
  type TestDatabase,
  type TestRun,
} from '../pipeline.ts';

import { sharedUrl } from '../services/shared.ts';
import { overriding } from '../sides.ts';

export type TargetName = 'mysql' | 'tidb' | 'duckdb';

export const cdc = { read: 'cdc' } as const;

/** Addresses in place of the servers' own, e.g. a proxy's. */
export interface Through {
  readonly from?: string;
  readonly to?: string;
}

/** A database of TiDB, a target of some kind, and a pipeline between them that finds changes. */
export class Ends implements AsyncDisposable {
  readonly source: TestDatabase;
  readonly ends: { id: string; from: string; to: string; kept?: string };
  /** Where there is one that speaks SQL. */
  readonly target: TestDatabase | undefined;
  readonly #folder: string;

  private constructor(source: TestDatabase, target: TestDatabase | undefined, folder: string, through: Through) {
    this.source = source;
    this.target = target;
    this.#folder = folder;
    const to = target === undefined ? `duckdb:${join(folder, 'target.duckdb')}` : moved(target.url, through.to);
    this.ends = { id: randomUUID(), from: moved(source.url, through.from), to };
  }

  static async open(to: TargetName, through: Through = {}, server = sharedUrl('tidb')): Promise<Ends> {
    const folder = await mkdtemp(join(tmpdir(), 'mr_diff_'));
    return new Ends(
      await openDatabase('tidb', server),
      to === 'duckdb' ? undefined : await openDatabase(to),
      folder,
      through,
    );
  }

  /** Where hashes of rows are kept from now on. */
  keep(): string {
    this.ends.kept = join(this.#folder, 'rows');
    return this.ends.kept;
  }

  config(config: Partial<PipelineConfig> = {}): PipelineConfig {
    return { streams: [`${this.source.name}.*`], ...cdc, ...config };
  }

  attempt(config?: Partial<PipelineConfig>, options?: TestRun): Promise<Ran> {
    return runOnce(this.ends, this.config(config), options);
  }

  async sync(config?: Partial<PipelineConfig>, options?: TestRun): Promise<Ran> {
    const ran = await this.attempt(config, options);
    assert.equal(ran.finished.status, 'ok', JSON.stringify(ran.finished.error));
    return ran;
  }

  open(config?: Partial<PipelineConfig>): OpenPipeline {
    return openPipeline(this.ends, this.config(config));
  }

  /** Both sides hold the same rows, by `verify`. */
  async assertEqual(when = '', config?: Partial<PipelineConfig>): Promise<void> {
    await using pipeline = this.open(config);
    const report = await verifyPipeline(pipeline, { settleSeconds: 0.1 }, never);
    assert.ok(report.equal, `${when}: ${JSON.stringify(report, null, 1)}`);
  }

  /** The position of a table's changes, changed by hand. */
  async movePosition(table: string, change: (position: Record<string, unknown>) => object): Promise<void> {
    await using pipeline = this.open();
    const lane = `full/0/${this.source.name}.${table}/diff`;
    const { lanes } = await pipeline.destination.positions(never);
    const position = JSON.parse(lanes.get(lane)!.position) as Record<string, unknown>;
    await pipeline.destination.setPosition(lane, JSON.stringify(change(position)));
  }

  async position(table: string): Promise<Record<string, unknown>> {
    await using pipeline = this.open();
    const { lanes } = await pipeline.destination.positions(never);
    return JSON.parse(lanes.get(`full/0/${this.source.name}.${table}/diff`)!.position);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.source[Symbol.asyncDispose]();
    await this.target?.[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function moved(url: string, address: string | undefined): string {
  const result = new URL(url);
  if (address !== undefined) result.host = new URL(address).host;
  return result.href;
}

/** A TSO that garbage collection has passed on every server. */
export const LONG_GONE = String(1_100_000_000_000n << 18n);

/** As if garbage collection had passed the last run. */
export const collected = (position: Record<string, unknown>) => ({ ...position, tso: LONG_GONE });

/** A target that holds no rows to compare with, as a topic does. */
export const blind = {
  sides: { destination: (destination: Destination) => withoutComparer(destination) },
};

export function withoutComparer(destination: Destination): Destination {
  const { comparer: _, ...methods } = { comparer: undefined };
  return new Proxy(overriding(destination, methods), {
    get: (target, name) => (name === 'comparer' ? undefined : Reflect.get(target, name)),
  });
}
