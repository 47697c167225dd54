import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sent } from './statement-tap.ts';

/** Statements of a run, by the node that they were sent for. */
export interface NodeWork {
  readonly id: string;
  /** Nodes that must have ended before. */
  readonly needs: readonly string[];
  readonly statements: readonly string[];
  /** Milliseconds that the server took for them. */
  readonly ms: number;
}

/** What `replay.ts` sends. */
export interface Replayed<Node = Pick<NodeWork, 'id' | 'needs' | 'statements'>> {
  /** What each connection begins with. */
  readonly session: readonly string[];
  readonly before: readonly string[];
  readonly nodes: readonly Node[];
}

interface Manifest {
  readonly parent_map: Readonly<Record<string, readonly string[]>>;
  readonly child_map: Readonly<Record<string, readonly string[]>>;
}

const NODE = /"node_id": ?"([^"]+)"/;
/** What is sent at the end of a node, without its name. */
const AFTER = /RELEASE_LOCK/;
/** What makes a session ready, without the name of a node. */
const SESSION = /^(?:SET|USE)\b/;
export const DDL = /^(?:\/\*.*?\*\/ *)?(CREATE|ALTER|DROP|RENAME|TRUNCATE)\b/;

/** What a run sent, its nodes in the order in which they began. What the server refused is left out. */
export function workOf(all: readonly Sent[], root: string): Replayed<NodeWork> {
  const manifest = JSON.parse(readFileSync(join(root, 'target/manifest.json'), 'utf8')) as Manifest;
  const [ready, sent] = [true, false].map((wanted) =>
    all.filter(({ sql, failed }) => !failed && SESSION.test(sql) === wanted),
  ) as [Sent[], Sent[]];
  const byNode = new Map<string | undefined, Sent[]>();
  for (const [at, one] of sent.entries()) {
    const id = nodeAt(sent, at);
    byNode.set(id, [...(byNode.get(id) ?? []), one]);
  }
  const before = (byNode.get(undefined) ?? []).map(({ sql }) => sql);
  byNode.delete(undefined);
  const nodes = [...byNode].map(([id, own]) => ({
    id: id!,
    needs: needsOf(id!, manifest),
    statements: own.map(({ sql }) => sql),
    ms: own.reduce((sum, { from, to }) => sum + (to - from), 0),
  }));
  const session = [...new Set(ready.map(({ sql }) => sql))].filter((sql) => sql.startsWith('SET'));
  return { session, before: before.filter((sql) => DDL.test(sql)), nodes };
}

/** A statement that names no node is of the next one on its connection, or of the one before. */
function nodeAt(sent: readonly Sent[], at: number): string | undefined {
  const { connection, sql } = sent[at]!;
  const [own] = idsOf([sent[at]!]);
  const near = AFTER.test(sql) ? sent.slice(0, at).reverse() : sent.slice(at + 1);
  return own ?? idsOf(near.filter((other) => other.connection === connection))[0];
}

function idsOf(sent: readonly Sent[]): string[] {
  return sent.flatMap(({ sql }) => NODE.exec(sql)?.[1] ?? []);
}

/** As `build` has it: a model waits for the tests of what it is made from, too. */
function needsOf(id: string, { parent_map: parents, child_map: children }: Manifest): string[] {
  const above = parents[id]!;
  if (!id.startsWith('model.')) return [...above];
  return above.flatMap((parent) => [parent, ...children[parent]!.filter((child) => child.startsWith('test.'))]);
}

/** Milliseconds of the longest way through the nodes; each comes after all that it needs. */
export function criticalMs(nodes: readonly NodeWork[]): number {
  const ends = new Map<string, number>();
  for (const { id, needs, ms } of nodes) ends.set(id, ms + Math.max(0, ...needs.map((need) => ends.get(need)!)));
  return Math.max(...ends.values());
}
