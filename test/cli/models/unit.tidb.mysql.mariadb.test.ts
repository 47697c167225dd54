import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedUrl } from '../../services/shared.ts';
import { inPlace, servers } from '../../transforms/adapter/target.ts';
import { folder } from '../command-line.ts';
import { writeProfile } from './shop.ts';
import { SmallProject } from './small-project.ts';
import { FILES, namesOf, UNITS, unitFile } from './unit-project.ts';

for (const type of servers)
  test(`unit tests on ${type} come to what they come to on DuckDB and in dbt`, () =>
    inPlace(type, async ({ schema }) => {
      using own = folder();
      const project = new SmallProject(own.path, { ...FILES, ...unitFile() });
      writeProfile(own.path, type, sharedUrl(type), schema, 'small');
      for (const verb of ['seed', 'run']) {
        const { code, err } = await project.run(verb);
        assert.equal(code, 0, err);
      }
      const told = await project.run('test');
      assert.equal(told.code, 1);
      const expected = Object.entries(UNITS).map(([name, { model = 'orders', status }]) => [
        `${model}.${name}`,
        status,
      ]);
      assert.deepEqual(project.statuses(), Object.fromEntries(expected), told.err);
      assert.match(told.err, /→ +,1 ,X→x +,12\.50/);

      project.write(unitFile(namesOf('pass')));
      const built = await project.run('build');
      assert.equal(built.code, 0, built.err);
    }));
