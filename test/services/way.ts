import { Unavailable } from './unavailable.ts';

/** The two ways in which a machine may have a server. */
export interface Ways<T> {
  /** Whether a Docker engine answers. */
  readonly hasDocker: () => Promise<boolean>;
  readonly container: () => Promise<T>;
  readonly installed: () => Promise<T>;
}

/**
 * Starts a server by Docker where an engine answers, and else from the machine's package registries. An engine that cannot have the image (no
 * way to its registry, say) is told of, and the other way is gone.
 * @throws Unavailable with the reasons of both ways
 */
export async function startBest<T>(ways: Ways<T>, tell: (line: string) => void): Promise<T> {
  if (!(await ways.hasDocker())) return await ways.installed();
  try {
    return await ways.container();
  } catch (noContainer) {
    if (!(noContainer instanceof Unavailable)) throw noContainer;
    tell(`Docker is there, but ${noContainer.message}`);
    return await ways.installed().catch((neither: unknown) => {
      if (!(neither instanceof Unavailable)) throw neither;
      throw new Unavailable(noContainer.kind, `${noContainer.message}; ${neither.message}`, noContainer);
    });
  }
}
