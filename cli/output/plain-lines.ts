import type { RunEvent } from '../../connectors/contract/index.ts';
import type { Terminal } from '../terminal.ts';
import { displayWidth, plural, printable } from './format.ts';
import { Notes } from './note.ts';
import type { Renderer } from './renderer.ts';
import { applyEvent, emptyRun, type StreamModel } from './run-model.ts';
import { maskText } from './secret.ts';
import { streamLine } from './stream-line.ts';

/** A stream that moves is told this often, besides at every change of its state. */
const EVERY_MS = 10_000;

/** A run without a terminal: one line a stream at changes and every ten seconds, never a bar. */
export class PlainLines implements Renderer {
  readonly #terminal: Terminal;
  readonly #notes: Notes;
  readonly #run = emptyRun();
  readonly #told = new Map<string, number>();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#notes = new Notes(terminal);
  }

  event(event: RunEvent): void {
    const now = performance.now();
    applyEvent(this.#run, event, now);
    const note = this.#notes.line(event);
    if (note !== undefined) this.#write(note);
    if (event.event === 'started')
      this.#write(`run ${event.run}  ${printable(event.pipeline)}: ${plural(event.streams.length, 'table')}`);
    if (event.event !== 'stream' && event.event !== 'progress') return;
    const stream = this.#run.streams.get(event.stream);
    if (stream !== undefined && this.#due(event, now)) this.#tell(stream, now);
  }

  close(): void {}

  #due(event: Extract<RunEvent, { event: 'stream' | 'progress' }>, now: number): boolean {
    const last = this.#told.get(event.stream);
    if (event.event === 'stream') return true;
    return last !== undefined && now - last >= EVERY_MS;
  }

  #tell(stream: StreamModel, now: number): void {
    this.#told.set(stream.stream, now);
    const names = [...this.#run.streams.keys()].map((name) => displayWidth(printable(name)));
    this.#write(streamLine(this.#terminal, stream, Math.min(Math.max(...names), 48), now).trimEnd());
  }

  #write(line: string): void {
    this.#terminal.err.write(`${maskText(line)}\n`);
  }
}
