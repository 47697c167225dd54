import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ModelEvent, ModelsFinished } from '../../../transforms/run/event.ts';
import { millrace, type Told } from '../command-line.ts';

const PROJECT = { 'dbt_project.yml': 'name: small\nversion: "1.0"\nconfig-version: 2\nprofile: small\n' };
const PROFILE = {
  'profiles.yml':
    'small:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: small.duckdb, schema: main, threads: 2}\n',
};

export interface RunResult {
  readonly unique_id: string;
  readonly status: string;
  readonly failures: number;
  readonly batch_results: { readonly successful: readonly string[][]; readonly failed: readonly string[][] } | null;
  readonly message: string | null;
}

/** A project in a folder, on a DuckDB file of its own. */
export class SmallProject {
  readonly folder: string;
  /** Of the runs to come. */
  env: Readonly<Record<string, string>> = {};

  constructor(folder: string, files: Readonly<Record<string, string>>) {
    this.folder = folder;
    this.write({ ...PROJECT, ...PROFILE, ...files });
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      const whole = join(this.folder, path);
      mkdirSync(dirname(whole), { recursive: true });
      writeFileSync(whole, text);
    }
  }

  run(...words: readonly string[]): Promise<Told> {
    return millrace(this.folder, words, this.env);
  }

  /** With `--json`: all events, of which the last is the terminal one. */
  async events(
    ...words: readonly string[]
  ): Promise<{ code: number | null; events: ModelEvent[]; finished: ModelsFinished }> {
    const { code, out } = await this.run(...words, '--json');
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as ModelEvent);
    return { code, events, finished: events.at(-1) as ModelsFinished };
  }

  /** What the last run left. */
  results(): RunResult[] {
    return JSON.parse(readFileSync(join(this.folder, 'target/run_results.json'), 'utf8')).results;
  }

  /** The statuses of the last run, by the names of nodes. */
  statuses(): Record<string, string> {
    return Object.fromEntries(
      this.results().map(({ unique_id, status }) => [unique_id.split('.').slice(2).join('.'), status]),
    );
  }
}
