import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import type { PipelineId } from '../../connectors/contract/index.ts';

/** Sets millrace's names apart from others' in the hash. */
const NAMESPACE = 'millrace pipeline';

/** A UUID (version 8: made from a hash) that is the same for equal parts, on every machine and in every folder. */
function nameId(parts: readonly string[]): PipelineId {
  const bytes = createHash('sha256')
    .update(JSON.stringify([NAMESPACE, ...parts]))
    .digest()
    .subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The identity of a pipeline of a project: its own name and the project's, wherever the file lies. */
export function projectPipelineId(project: string, pipeline: string): PipelineId {
  return nameId(['project', project, pipeline]);
}

/** The identity of a pipeline given by URLs: where they lead and the tables, so that the same command goes on where it ended. */
export function urlPipelineId(places: readonly string[], tables: readonly string[]): PipelineId {
  return nameId(['urls', ...places, ...[...tables].sort()]);
}

/** Where a configuration leads: no user, password or settings; files by their whole path. */
export function addressOf(config: { readonly type: string }, cwd: string): string {
  const { type, path, host, port, database, brokers } = config as Address;
  if (brokers?.[0] !== undefined) return `${type}://${brokers[0].toLowerCase()}`;
  if (path !== undefined) return `${type}:${resolve(cwd, path)}`;
  const server = host?.includes(':') ? `[${host}]` : (host ?? '');
  return `${type}://${server.toLowerCase()}${port === undefined ? '' : `:${port}`}${database === undefined ? '' : `/${database}`}`;
}

/** The settings that say where a connection leads, in the connectors that have them. */
interface Address {
  readonly type: string;
  readonly path?: string;
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
  readonly brokers?: readonly string[];
}
