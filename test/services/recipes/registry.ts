import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { build } from '../command.ts';
import { javaOf, maven } from '../maven.ts';
import type { Recipe } from '../recipe.ts';

const VERSION = '3.0.9';

/** Apicurio in a file that is written at once: what was registered survives that it is killed. */
const stored = (path: string) => ({
  'apicurio.storage.kind': 'sql',
  'apicurio.storage.sql.kind': 'h2',
  'apicurio.datasource.url': `jdbc:h2:file:${path};WRITE_DELAY=0`,
});

const asVariable = (property: string) => property.toUpperCase().replaceAll('.', '_');

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

  async launch(installed, { port, folder, flags }) {
    const kept = Object.entries(stored(join(folder, 'schemas'))).map(([name, value]) => `-D${name}=${value}`);
    const listen = ['-Dquarkus.http.host=127.0.0.1', `-Dquarkus.http.port=${port}`];
    const jar = join(installed, `apicurio-registry-app-${VERSION}-runner.jar`);
    return { command: [await javaOf('registry'), '-Xmx512m', ...kept, ...listen, ...flags, '-jar', jar] };
  },

  image: () => ({
    name: `apicurio/apicurio-registry:${VERSION}`,
    port: 8080,
    env: Object.fromEntries(Object.entries(stored('/tmp/schemas')).map(([name, value]) => [asVariable(name), value])),
  }),

  endBy: 'SIGKILL',

  async ready(port) {
    const answer = await fetch(`http://127.0.0.1:${port}/apis/ccompat/v7/subjects`).catch(() => undefined);
    return answer?.ok === true;
  },
};
