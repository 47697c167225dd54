import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { replaceFile } from './replace-file.ts';

/** What a kept file is: of which format, and for what it holds. Any other file counts as none. */
export interface KeptLabel {
  /** Changes whenever what is kept, or how, does. */
  readonly format: string;
  readonly fingerprint: string;
}

/** Reads what was kept under this label; undefined where there is no such file, or one that is damaged or has another label. */
export function readKept(path: string, label: KeptLabel): { value: unknown; stamp: string } | undefined {
  try {
    const file = readFileSync(path);
    let at = 0;
    for (let line = 0; line < 3; line += 1) {
      at = file.indexOf('\n', at) + 1;
      if (at === 0) return undefined;
    }
    const body = file.subarray(at);
    const { text, stamp } = header(label, body);
    return Buffer.from(text).equals(file.subarray(0, at)) ? { value: deserialize(body), stamp } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Keeps a value for the next run. Gives its stamp, which no other value has; undefined where it cannot be written: a folder that is read-only
 * or a full disk loses no more than the time to make the value again, and what the user asked for is told by what else is written there.
 */
export function writeKept(path: string, label: KeptLabel, value: unknown): string | undefined {
  try {
    const body = serialize(value);
    const { text, stamp } = header(label, body);
    replaceFile(path, text, body);
    return stamp;
  } catch {
    return undefined;
  }
}

/** What the file begins with: its format, what it holds for, and a checksum, by which half a file is known. */
function header({ format, fingerprint }: KeptLabel, body: Uint8Array): { text: string; stamp: string } {
  const stamp = hash('sha256', body);
  return { text: `${format}\n${fingerprint}\n${stamp}\n`, stamp };
}
