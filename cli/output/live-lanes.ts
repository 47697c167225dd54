import type { RunEvent } from '../../connectors/contract/index.ts';
import type { Terminal } from '../terminal.ts';
import { clip, displayWidth, formatDuration, printable } from './format.ts';
import { Notes } from './note.ts';
import type { Renderer } from './renderer.ts';
import { applyEvent, emptyRun, type StreamModel } from './run-model.ts';
import { maskText } from './secret.ts';
import { streamLine } from './stream-line.ts';

const FRAME_MS = 120;
/** Streams drawn at once; those at work come first. */
const MAX_LANES = 20;
const ORDER: readonly StreamModel['status'][] = ['reading', 'finishing', 'parked', 'waiting', 'stopped', 'done'];

/** A run on a terminal: one line a stream, drawn again in place; notes scroll above. */
export class LiveLanes implements Renderer {
  readonly #terminal: Terminal;
  readonly #notes: Notes;
  readonly #run = emptyRun();
  readonly #since = performance.now();
  #pending: string[] = [];
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;
  #tick: NodeJS.Timeout | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#notes = new Notes(terminal);
    this.#tick = setInterval(() => this.#draw(), 1000).unref();
  }

  event(event: RunEvent): void {
    applyEvent(this.#run, event, performance.now());
    const note = this.#notes.line(event);
    if (note !== undefined) this.#pending.push(note);
    if (event.event === 'finished') this.#draw();
    else this.#timer ??= setTimeout(() => this.#draw(), FRAME_MS).unref();
  }

  close(): void {
    clearInterval(this.#tick);
    if (this.#timer !== undefined || this.#pending.length > 0) this.#draw();
    clearTimeout(this.#timer);
    this.#drawn = 0;
  }

  /** One write a frame: the cursor goes up, each line is written over its old self, the rest is cleared. */
  #draw(): void {
    this.#timer = undefined;
    const width = Math.max(20, this.#terminal.columns() - 1);
    const lines = this.#lines(width);
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : '';
    const text = [...this.#pending.map(maskText), ...lines].map((line) => `${line}\x1b[K\n`).join('');
    this.#terminal.err.write(`${up}\r${text}\x1b[J`);
    this.#pending = [];
    this.#drawn = lines.length;
  }

  #lines(width: number): string[] {
    const now = performance.now();
    const streams = [...this.#run.streams.values()].sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status));
    if (streams.length === 0) return [clip(`connecting  ${formatDuration((now - this.#since) / 1000)}`, width)];
    const shown = streams.slice(0, MAX_LANES);
    const nameWidth = Math.min(
      Math.max(...shown.map(({ stream }) => displayWidth(printable(stream)))),
      Math.floor(width / 3),
      40,
    );
    const plain = { ...this.#terminal, color: false };
    const bar = shown.every((stream) => displayWidth(streamLine(plain, stream, nameWidth, now, true)) + 2 <= width);
    const lanes = shown.map((stream) => this.#lane(stream, nameWidth, width, now, bar));
    const more = streams.length > shown.length ? [`  and ${streams.length - shown.length} more`] : [];
    return [this.#header(streams, width, now), ...lanes, ...more];
  }

  #header(streams: readonly StreamModel[], width: number, now: number): string {
    const done = streams.filter(({ status }) => status === 'done').length;
    const time = formatDuration((now - this.#since) / 1000);
    const rejected = this.#run.rejected > 0 ? `  ${this.#run.rejected} rejected` : '';
    return clip(
      `run ${this.#run.run}  ${printable(this.#run.pipeline)}  ${done} of ${streams.length} done  ${time}${rejected}`,
      width,
    );
  }

  #lane(stream: StreamModel, nameWidth: number, width: number, now: number, bar: boolean): string {
    const plain = streamLine({ ...this.#terminal, color: false }, stream, nameWidth, now, bar);
    if (displayWidth(plain) + 2 > width) return maskText(clip(`  ${plain}`, width));
    return maskText(`  ${streamLine(this.#terminal, stream, nameWidth, now, bar)}`);
  }
}
