import type { RunEvent } from '../../connectors/contract/index.ts';
import type { Invocation } from '../command.ts';
import type { PipelineSpec } from '../config/pipeline-spec.ts';
import { JsonLines } from './json-lines.ts';
import { PlainLines } from './plain-lines.ts';
import type { Renderer } from './renderer.ts';

/** One of two halves that run side by side, line by line: streams are told with the half that carries them, for both carry the same. */
export class HalfLines implements Renderer {
  readonly #lines: Renderer | undefined;
  readonly #half: string;

  constructor({ terminal, options }: Pick<Invocation, 'terminal' | 'options'>, { half }: Pick<PipelineSpec, 'half'>) {
    this.#half = half ?? '';
    if (options.json) this.#lines = new JsonLines(terminal);
    else if (!options.quiet) this.#lines = new PlainLines(terminal);
  }

  event(event: RunEvent): void {
    this.#lines?.event(this.#told(event));
  }

  close(): void {
    this.#lines?.close();
  }

  #told(event: RunEvent): RunEvent {
    const named = (stream: string) => `${stream} (${this.#half})`;
    if (event.event === 'started') {
      return { ...event, streams: event.streams.map((one) => ({ ...one, stream: named(one.stream) })) };
    }
    if (event.event === 'committed') return { ...event, streams: event.streams.map(named) };
    return event.event === 'stream' || event.event === 'progress' ? { ...event, stream: named(event.stream) } : event;
  }
}
