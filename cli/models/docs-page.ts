import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { millraceError } from '../../connectors/contract/index.ts';

const OWN = new URL('./docs-page.html', import.meta.url);
/** Where artifacts stand in a page of one file: in ours, and as dbt-core's page has them. */
const OWN_PLACE = '<script id="artifacts" type="application/json"></script>';
const DBT_PLACES = { manifest: '"MANIFEST.JSON INLINE DATA"', catalog: '"CATALOG.JSON INLINE DATA"' };

export interface PageRequest {
  /** `--page`: a file, or `dbt` for the page of the dbt-core that is installed here. */
  readonly page: string | undefined;
  readonly cwd: string;
  /** The folder of the project. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The page that shows artifacts: millrace's own where none is asked for. @throws MillraceError `project.artifact` */
export function readPage({ page, cwd, root, env }: PageRequest): string {
  if (page === undefined) return readFileSync(OWN, 'utf8');
  if (page === 'dbt') return readFileSync(dbtPage(root, env), 'utf8');
  const path = resolve(cwd, page);
  if (existsSync(path)) return readFileSync(path, 'utf8');
  throw millraceError('project.artifact', `there is no page ${path}`, { at: path, fix: 'Correct `--page`.' });
}

/** In the virtual environment that is active, or in one of the project: dbt-core's page is not millrace's to ship. */
function dbtPage(root: string, env: PageRequest['env']): string {
  const environments = [env.VIRTUAL_ENV, join(root, '.venv'), join(root, 'venv')].filter((path) => path !== undefined);
  for (const environment of environments) {
    const pages = pythonFolders(environment).map((python) => join(python, 'site-packages/dbt/task/docs/index.html'));
    const found = pages.find(existsSync);
    if (found !== undefined) return found;
  }
  throw millraceError('project.artifact', `there is no dbt-core in ${environments.join(', ')}`, {
    fix: 'Activate the environment that has it, or name its `dbt/task/docs/index.html` by `--page`.',
  });
}

function pythonFolders(environment: string): string[] {
  const lib = join(environment, 'lib');
  const versions = existsSync(lib) ? readdirSync(lib).filter((name) => name.startsWith('python')) : [];
  return [...versions.map((name) => join(lib, name)), join(environment, 'Lib')];
}

/** Artifacts of a run, as JSON text; a page may show those of the run and of sources too. */
export interface PageArtifacts {
  readonly manifest: string;
  readonly catalog: string;
  readonly results?: string;
  readonly sources?: string;
}

/** The page with the artifacts inside, which opens from disk. @throws MillraceError `project.artifact` for a page that has no place for them */
export function staticPage(page: string, { manifest, catalog, results, sources }: PageArtifacts): string {
  const inside = (json: string) => json.replaceAll('<', '\\u003c');
  if (page.includes(OWN_PLACE)) {
    const parts = { manifest, catalog, results, sources };
    const members = Object.entries(parts).flatMap(([name, json]) =>
      json === undefined ? [] : [`"${name}":${inside(json)}`],
    );
    return page.replace(OWN_PLACE, () => OWN_PLACE.replace('></', () => `>{${members.join(',')}}</`));
  }
  if (page.includes(DBT_PLACES.manifest))
    return page.replace(DBT_PLACES.manifest, () => inside(manifest)).replace(DBT_PLACES.catalog, () => inside(catalog));
  throw millraceError('project.artifact', 'the page has no place for artifacts inside it', {
    fix: 'Leave `--static` out, or `--page`.',
  });
}
