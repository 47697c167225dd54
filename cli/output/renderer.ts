import type { RunEvent } from '../../connectors/contract/index.ts';
import type { Options } from '../command.ts';
import type { Terminal } from '../terminal.ts';
import { JsonLines } from './json-lines.ts';
import { LiveLanes } from './live-lanes.ts';
import { PlainLines } from './plain-lines.ts';

/** Shows a run while it goes. Fed by events alone. */
export interface Renderer {
  event(event: RunEvent): void;
  /** Nothing is drawn after it. */
  close(): void;
}

const silent: Renderer = { event: () => {}, close: () => {} };

/** The one way to show a run on this terminal with these options. */
export function renderer(terminal: Terminal, { json, quiet }: Options): Renderer {
  if (json) return new JsonLines(terminal);
  if (quiet) return silent;
  return terminal.live ? new LiveLanes(terminal) : new PlainLines(terminal);
}
