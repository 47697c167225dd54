import type { ModelEvent, NodeInfo } from '../../transforms/run/event.ts';
import { paint, type Terminal } from '../terminal.ts';
import { formatDuration, printable } from './format.ts';
import { endedLine, runningLine, startedLine } from './model-line.ts';
import { maskText, maskValue } from './secret.ts';

/** Shows models while they run. Fed by events alone. */
export interface ModelRenderer {
  event(event: ModelEvent): void;
  /** Nothing is drawn after it. */
  close(): void;
}

const FRAME_MS = 120;
/** Nodes at work that are drawn at once. */
const MAX_RUNNING = 16;

/** The one way to show models on this terminal. `json`: every event as a line on stdout; `quiet`: nothing but what templates print. */
export function modelRenderer(terminal: Terminal, { json, quiet }: { json: boolean; quiet: boolean }): ModelRenderer {
  if (json) return { event: (event) => writeModelEvent(terminal, event), close: () => {} };
  return new ModelLines(terminal, quiet);
}

/** The terminal event is the caller's to write: it comes last, also where nothing could run. */
export function writeModelEvent(terminal: Terminal, event: ModelEvent): void {
  terminal.out.write(`${JSON.stringify(maskValue(event))}\n`);
}

/** One line for each node that ended; on a terminal those at work are drawn below, again and again. */
class ModelLines implements ModelRenderer {
  readonly #terminal: Terminal;
  readonly #quiet: boolean;
  readonly #running = new Map<string, { node: NodeInfo; since: number }>();
  readonly #tick: NodeJS.Timeout | undefined;
  #drawn = 0;

  constructor(terminal: Terminal, quiet: boolean) {
    this.#terminal = terminal;
    this.#quiet = quiet;
    if (terminal.live && !quiet) this.#tick = setInterval(() => this.#draw([]), FRAME_MS).unref();
  }

  event(event: ModelEvent): void {
    if (event.event === 'node') this.#running.set(event.node.id, { node: event.node, since: performance.now() });
    if (event.event === 'result') this.#running.delete(event.node.id);
    if (event.event === 'message' && event.level === 'print') {
      this.#draw([]);
      this.#terminal.out.write(`${maskText(event.message)}\n`);
      return;
    }
    const line = this.#quiet ? undefined : this.#line(event);
    if (line !== undefined) this.#draw([line]);
  }

  close(): void {
    clearInterval(this.#tick);
    this.#running.clear();
    this.#draw([]);
  }

  #line(event: ModelEvent): string | undefined {
    if (event.event === 'started') return startedLine(event);
    if (event.event === 'result') return endedLine(this.#terminal, event);
    if (event.event === 'message') return messageLine(this.#terminal, event.level, event.message);
    if (event.event !== 'hook') return undefined;
    const word =
      event.error === undefined ? paint(this.#terminal, 'green', 'ok') : paint(this.#terminal, 'red', 'ERROR');
    return `hook  ${word}  ${printable(event.id)}  ${formatDuration(event.seconds)}`;
  }

  /** One write: the cursor goes up over what was drawn of those at work, lines to keep come above them. */
  #draw(lines: readonly string[]): void {
    const running = this.#tick === undefined ? [] : this.#runningLines();
    if (lines.length === 0 && running.length === 0 && this.#drawn === 0) return;
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A\r` : '';
    const end = this.#tick === undefined ? '\n' : '\x1b[K\n';
    const text = [...lines, ...running].map((line) => `${maskText(line)}${end}`).join('');
    this.#terminal.err.write(`${up}${text}${this.#drawn > 0 ? '\x1b[J' : ''}`);
    this.#drawn = running.length;
  }

  #runningLines(): string[] {
    const now = performance.now();
    const width = Math.max(20, this.#terminal.columns() - 1);
    const all = [...this.#running.values()];
    const shown = all.slice(0, MAX_RUNNING).map(({ node, since }) => runningLine(node, (now - since) / 1000, width));
    return all.length > shown.length ? [...shown, `  and ${all.length - shown.length} more`] : shown;
  }
}

function messageLine(terminal: Terminal, level: 'info' | 'warn' | 'print', message: string): string {
  return level === 'warn' ? `${paint(terminal, 'yellow', 'warn')}   ${printable(message)}` : printable(message);
}
