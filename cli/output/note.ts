import type { RunEvent } from '../../connectors/contract/index.ts';
import { paint, type Terminal } from '../terminal.ts';
import { formatDuration, printable } from './format.ts';
import { maskText } from './secret.ts';

/** Rejected rows that are told one by one; the others are only counted. */
const TOLD_REJECTS = 5;

/** Lines for events that are worth reading after they scrolled by: notices, retries, changes of tables, rejected rows. */
export class Notes {
  readonly #terminal: Terminal;
  #rejected = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** The line of an event; undefined for events that say nothing by themselves. */
  line(event: RunEvent): string | undefined {
    const text = this.#text(event);
    return text === undefined ? undefined : maskText(text);
  }

  #text(event: RunEvent): string | undefined {
    const mark = (word: string) => paint(this.#terminal, 'yellow', word);
    switch (event.event) {
      case 'notice':
        return `${mark('note')}   ${printable(event.message)}${event.fix === undefined ? '' : `. ${event.fix}`}`;
      case 'retry':
        return `${mark('retry')}  ${printable(event.lane)}: ${printable(event.error.message)}; try ${event.attempt} in ${formatDuration(event.delayMs / 1000)}`;
      case 'action':
        return `${paint(this.#terminal, 'cyan', 'table')}  ${printable(event.table)}: ${printable(event.summary)}`;
      case 'rejected':
        return this.#rejectedText(event);
      default:
        return undefined;
    }
  }

  #rejectedText({ stream, code, message }: Extract<RunEvent, { event: 'rejected' }>): string | undefined {
    this.#rejected++;
    if (this.#rejected > TOLD_REJECTS + 1) return undefined;
    if (this.#rejected > TOLD_REJECTS) return 'reject more rows were rejected; all are kept in _millrace_rejects';
    return `${paint(this.#terminal, 'red', 'reject')} ${printable(stream)}: ${code}  ${printable(message)}`;
  }
}
