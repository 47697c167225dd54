import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { measure, sampleOf } from './measured.ts';
import { pythonPrograms } from './python.ts';
import type { Result } from './result.ts';

const VERSION = '1.11.16';
const packages = [`dbt-core==${VERSION}`, 'dbt-duckdb'];

/** dbt-core on the same project, once each: its runs take long and differ little. @throws CannotMeasure where PyPI cannot be reached */
export async function modelsByDbt(folder: string, rows: number): Promise<Result[]> {
  const programs = await pythonPrograms(`dbt-core-${VERSION}`, packages);
  const results: Result[] = [];
  for (const verb of ['parse', 'compile']) {
    for (const state of ['cold', 'warm'] as const) {
      if (state === 'cold') await rm(join(folder, 'target'), { recursive: true, force: true });
      else await appendFile(join(folder, 'models/area_3/model_3.sql'), '-- changed\n');
      const command = [join(programs, 'python3'), '-m', 'dbt.cli.main', '--quiet', '--no-use-colors', verb];
      const env = {
        DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
        DO_NOT_TRACK: '1',
        DBT_TARGET_PATH: join(folder, 'target'),
        DBT_LOG_PATH: join(folder, 'logs'),
      };
      const measured = await measure([...command, '--project-dir', folder, '--profiles-dir', folder], {
        cwd: folder,
        env,
      });
      results.push({ case: 'models', subject: `dbt-core, ${verb}, ${state}`, rows, samples: [sampleOf(measured)] });
    }
  }
  return results;
}
