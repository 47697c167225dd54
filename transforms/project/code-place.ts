import type { ManifestNode } from './manifest.ts';

const lines = new WeakMap<ManifestNode, number>();

/** Notes the line of its file that the code of a node begins in. */
export function noteFirstLine(node: ManifestNode, line: number): void {
  lines.set(node, line);
}

export function firstLineOf(node: ManifestNode): number {
  return lines.get(node) ?? 1;
}

/** The line that a file's text without its leading blank lines begins in. */
export function firstLineOfText(text: string): number {
  return /^\s*/.exec(text)![0].split('\n').length;
}
