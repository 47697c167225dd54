import { programOf } from './apt.ts';
import { build } from './command.ts';
import type { ServerKind } from './kind.ts';

/** `java` of the machine, or Debian's default, which is 17 or later since Debian 12. */
export function javaOf(kind: ServerKind): Promise<string> {
  return programOf(kind, 'java', 'default-jre-headless');
}

/** Runs one goal of Maven in a folder, in batch mode. */
export async function maven(kind: ServerKind, folder: string, goal: readonly string[]): Promise<void> {
  await javaOf(kind);
  await build([await programOf(kind, 'mvn', 'maven'), '--batch-mode', '--quiet', ...goal], folder);
}
