import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { build } from '../command.ts';
import { javaOf, maven } from '../maven.ts';
import type { Recipe } from '../recipe.ts';

const VERSION = '3.0.9';

/** Apicurio keeps everything in memory: a restart of it begins empty. */
export const registry: Recipe = {
  install: () =>
    cached(`registry-${VERSION}`, async (folder) => {
      const artifact = `io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`;
      await maven('registry', folder, ['dependency:copy', `-Dartifact=${artifact}`, '-DoutputDirectory=.']);
      const archive = `apicurio-registry-app-${VERSION}-all.tar.gz`;
      await build(['tar', '-xzf', archive], folder);
      await rm(join(folder, archive));
    }),

  prepare: async () => undefined,

  async launch(installed, { port, flags }) {
    const listen = ['-Dquarkus.http.host=127.0.0.1', `-Dquarkus.http.port=${port}`];
    const jar = join(installed, `apicurio-registry-app-${VERSION}-runner.jar`);
    return { command: [await javaOf('registry'), '-Xmx512m', ...listen, ...flags, '-jar', jar] };
  },

  image: () => ({ name: `apicurio/apicurio-registry:${VERSION}`, port: 8080 }),

  endBy: 'SIGKILL',

  async ready(port) {
    const answer = await fetch(`http://127.0.0.1:${port}/apis/ccompat/v7/subjects`).catch(() => undefined);
    return answer?.ok === true;
  },
};
