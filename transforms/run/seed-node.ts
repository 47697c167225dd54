import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSeed, type SeedBuild } from '../materialize/index.ts';
import { textOf } from '../project/python-text.ts';
import { ConfigReader } from './config-read.ts';
import { applyGrants } from './grants.ts';
import { commentsOf, indexesOf, relationOf } from './model-build.ts';
import type { NodeSteps } from './node-run.ts';
import { executedOf, type NodeWork, relationIn, runHooks } from './node-work.ts';

interface ReadSeed {
  readonly build: SeedBuild;
  readonly relation?: string;
}

/** A seed: its file becomes a table, between its hooks. */
export function seedNode(work: NodeWork): NodeSteps<ReadSeed> {
  return {
    compile: async () => ({ build: await seedOf(work), ...relationIn(work.node) }),
    execute: async ({ build }) => {
      await runHooks(work, 'pre-hook');
      const built = await buildSeed(await work.session(), build, { signal: work.signal });
      await applyGrants(work);
      await runHooks(work, 'post-hook');
      return executedOf(built);
    },
  };
}

async function seedOf({ node, project, adapter }: NodeWork): Promise<SeedBuild> {
  const config = new ConfigReader(node);
  const types = [...config.map('column_types')].map(([name, type]) => [textOf(name), textOf(type)] as const);
  const indexes = indexesOf(config);
  return {
    relation: relationOf(node, adapter.database),
    source: await readFile(join(node.root_path ?? project.config.root, node.original_file_path), 'utf8'),
    delimiter: config.text('delimiter') ?? ',',
    columnTypes: new Map(types),
    ...commentsOf(node, config),
    ...(indexes.length === 0 ? {} : { indexes }),
  };
}
