import { matchesStream, type StreamName } from '../../connectors/contract/index.ts';
import type { Invocation } from '../command.ts';
import { requireProject } from './place.ts';
import type { Connection } from './project.ts';
import { isUrl } from './url.ts';

/** The columns of a stream whose values are not for the screen; `home` as of the source. */
export type Hidden = (stream: StreamName, home: string | undefined) => ReadonlySet<string>;

/** What pipelines of the project hash or mask of a table is not shown either. A connection that is named by URL is none of the project's. */
export function hiddenColumns(invocation: Invocation, place: string | undefined, { name }: Connection): Hidden {
  if (place !== undefined && isUrl(place)) return () => new Set();
  const own = [...requireProject(invocation).pipelines.values()].filter(({ from }) => from === name);
  return (stream, home) => {
    const all = own.flatMap((pipeline) => [
      pipeline,
      ...pipeline.streams.filter((entry) => typeof entry !== 'string' && matchesStream(entry.name, stream, home)),
    ]);
    const entries = all.filter((entry) => typeof entry !== 'string');
    return new Set(entries.flatMap(({ hash = [], mask = [] }) => [...hash, ...mask]));
  };
}
