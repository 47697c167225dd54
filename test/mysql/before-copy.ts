import type { Source } from '../../connectors/contract/index.ts';
import { overriding } from '../sides.ts';

/** Runs something after the beginning of the log was settled and before the copy. */
export function beforeCopy(source: Source, body: () => Promise<void>): Source {
  return overriding(source, {
    async groups(...words) {
      const groups = await source.groups(...words);
      return groups.map((group) => ({
        ...group,
        async *stages(signal) {
          let first = true;
          for await (const stage of group.stages(signal)) {
            yield stage;
            if (first) await body();
            first = false;
          }
        },
      }));
    },
  });
}
