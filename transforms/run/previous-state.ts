import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { millraceError } from '../../connectors/contract/index.ts';
import type { PreviousState, StateMacro, StateNode } from '../graph/state.ts';
import { isObject, readArtifact, readPreviousRun } from './previous-run.ts';

/** Parts of manifest.json that hold nodes of the graph. */
const PARTS = ['nodes', 'sources', 'exposures', 'unit_tests'];
const VERSION = 'manifest/v12.json';

/**
 * What an earlier invocation, of dbt or of millrace, left in a folder: as much of it as is there.
 * @param target the folder of this project's own artifacts: its `sources.json` is that of now
 * @throws MillraceError `project.artifact` for a file that is no such artifact
 */
export function readPreviousState(
  folder: string,
  target: string,
  macrosNow: () => ReadonlyMap<string, StateMacro>,
): PreviousState {
  const results = readPreviousRun(join(folder, 'run_results.json'))?.statuses;
  const [loaded, loadedNow] = [folder, target].map((path) => readLoaded(join(path, 'sources.json')));
  const manifest = readManifest(join(folder, 'manifest.json'));
  return {
    ...(manifest === undefined ? {} : { ...manifest, macrosNow: macrosNow() }),
    ...(results === undefined ? {} : { results }),
    ...(loaded === undefined ? {} : { loaded }),
    ...(loadedNow === undefined ? {} : { loadedNow }),
  };
}

export interface PreviousManifest {
  readonly nodes: ReadonlyMap<string, StateNode>;
  readonly macros: ReadonlyMap<string, StateMacro>;
}

/** Undefined where there is none. @throws MillraceError `project.artifact` */
export function readManifest(path: string): PreviousManifest | undefined {
  if (!existsSync(path)) return undefined;
  const content = readArtifact(path);
  const metadata = isObject(content) ? content.metadata : undefined;
  const version = isObject(metadata) ? String(metadata.dbt_schema_version) : 'none';
  if (!isObject(content) || !version.endsWith(VERSION)) {
    throw millraceError('project.artifact', `${path} is no manifest of version 12 (${version})`, {
      at: path,
      fix: 'Make it by `millrace parse`, or by dbt 1.8 or later.',
    });
  }
  const entries = (part: string) => Object.entries(isObject(content[part]) ? content[part] : {});
  return {
    nodes: new Map(PARTS.flatMap(entries) as [string, StateNode][]),
    macros: new Map(entries('macros') as [string, StateMacro][]),
  };
}

/** When each source last got a row; null where it could not be asked. */
function readLoaded(path: string): ReadonlyMap<string, string | null> | undefined {
  if (!existsSync(path)) return undefined;
  const content = readArtifact(path);
  const results = isObject(content) && Array.isArray(content.results) ? content.results.filter(isObject) : [];
  return new Map(
    results.map(({ unique_id, max_loaded_at: at }) => [
      String(unique_id),
      typeof at === 'string' ? comparable(at) : null,
    ]),
  );
}

/** Times are texts that sort: with six digits behind the second, in UTC. */
function comparable(time: string): string {
  return time.replace(/(?:\.(\d+))?(?:Z|\+00:00)?$/, (_, fraction = '') => `.${String(fraction).padEnd(6, '0')}`);
}
