import type { AdapterSession } from '../../../transforms/adapter/adapter.ts';
import { Compilation, RenderSession } from '../../../transforms/context/index.ts';
import type { LoadedProject } from '../../../transforms/project/load.ts';
import type { LoadOptions } from '../../../transforms/project/load-context.ts';
import { compiledFile } from '../../../transforms/project/target-files.ts';
import { load, engine as newEngine } from '../project/shop.ts';

export interface Compiled {
  readonly project: LoadedProject;
  readonly compilation: Compilation;
}

/** A database that has no relations: all that compiling asks of it here. */
export const emptyDatabase = async (): Promise<AdapterSession> =>
  ({
    adapter: { database: 'corner_shop', schema: 'shop' },
    relation: async () => undefined,
  }) as unknown as AdapterSession;

export function compilationOf(root: string, options: Partial<LoadOptions> = {}): Compiled {
  const engine = newEngine();
  const project = load(root, { ...options, renderer: engine });
  return {
    project,
    compilation: new Compilation(
      new RenderSession({ project, engine, selected: [...project.manifest.nodes.keys()] }),
      emptyDatabase,
    ),
  };
}

/** The compiled code of all nodes that become files, by path below `target/compiled`. */
export async function compiledFiles({ project, compilation }: Compiled): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const node of project.manifest.nodes.values()) {
    const path = compiledFile(node);
    if (path !== undefined) files[path] = (await compilation.node(node)).code;
  }
  return files;
}
