/** Sizes, counts, durations, rates and ages for people: the one place that prints them. */

const MEASURES = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `0 B`, `1.5 KiB`, `128 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let step = 0;
  while (value >= 1024 && step < MEASURES.length - 1) {
    value /= 1024;
    step += 1;
  }
  return `${step > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${MEASURES[step]}`;
}

/** Exact, in groups of three: `1 234 567`. */
export function formatCount(count: number | bigint): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ' ');
}

/** Rounded for narrow places: `950`, `41 k`, `8.4 M`. */
export function formatRounded(count: number): string {
  for (const [size, unit] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (count >= size) return `${count / size < 10 ? (count / size).toFixed(1) : Math.round(count / size)} ${unit}`;
  }
  return String(Math.round(count));
}

/** `41 k/s`; nothing yet is `-`. */
export function formatRate(rows: number, seconds: number): string {
  return seconds <= 0 || rows === 0 ? '-' : `${formatRounded(rows / seconds)}/s`;
}

/** `0.4 s`, `51 s`, `4 min 12 s`, `3 h 05 min`, `2 d 3 h`. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** How long ago an ISO 8601 time was: `3 min 20 s ago`. */
export function formatAge(iso: string, now: Date): string {
  return `${formatDuration(Math.max(0, (now.getTime() - Date.parse(iso)) / 1000))} ago`;
}

/** `1 row`, `2 rows`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Shortened to `width` columns of a terminal, with an ellipsis. Counts characters, wide ones as two. */
export function clip(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let taken = '';
  for (const char of text) {
    if (displayWidth(taken) + displayWidth(char) > width - 1) break;
    taken += char;
  }
  return `${taken}…`;
}

/** Padded to `width` columns of a terminal. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** Columns that a terminal gives to the text: combining marks take none, East Asian wide characters and emoji two. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const char of text) {
    if (/\p{Mn}|\p{Me}|\p{Cf}/u.test(char)) continue;
    width +=
      /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u.test(
        char,
      )
        ? 2
        : 1;
  }
  return width;
}

/** Text from a database or file as one printable line: control characters, terminal escapes among them, are shown by their codes. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, escaped);
}

function escaped(char: string): string {
  if (char === '\n') return '\\n';
  if (char === '\t') return '\\t';
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
