import type { RunEvent } from '../../connectors/contract/index.ts';
import type { Terminal } from '../terminal.ts';
import type { Renderer } from './renderer.ts';
import { maskValue } from './secret.ts';

/** Progress of one stream is told at most this often. */
const PROGRESS_MS = 1000;

/** Every event as one line of JSON on stdout, progress thinned out. The terminal `finished` is the caller's to write. */
export class JsonLines implements Renderer {
  readonly #terminal: Terminal;
  readonly #told = new Map<string, { at: number; waits: string | undefined; caughtUp: true | undefined }>();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  event(event: RunEvent): void {
    if (event.event === 'finished' || (event.event === 'progress' && !this.#due(event))) return;
    writeEvent(this.#terminal, event);
  }

  close(): void {}

  #due({ stream, waits, caughtUp }: Extract<RunEvent, { event: 'progress' }>): boolean {
    const last = this.#told.get(stream);
    const now = performance.now();
    const isSame = last !== undefined && last.waits === waits && last.caughtUp === caughtUp;
    if (isSame && now - last.at < PROGRESS_MS) return false;
    this.#told.set(stream, { at: now, waits, caughtUp });
    return true;
  }
}

/** One line of JSON, secrets masked. */
export function writeEvent(terminal: Terminal, event: RunEvent): void {
  terminal.out.write(`${JSON.stringify(maskValue(event))}\n`);
}
