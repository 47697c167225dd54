import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { NodeResult, NodeStatus } from '../../../transforms/run/result.ts';
import { type Invocation, runResultsJson, writeArtifact } from '../../../transforms/run/run-results.ts';
import { testFolder } from '../../services/folder.ts';
import { askArtifact } from '../project/oracle.ts';

const invocation: Invocation = {
  id: '5b1c9d2e-7a0f-4c3b-9b64-0d6f8a1e2c3d',
  startedAt: new Date('2026-01-31T12:04:31.120Z'),
  dbtVersion: '1.11.16',
  env: { CI: 'yes' },
};

const statuses: readonly NodeStatus[] = [
  'success',
  'partial success',
  'no-op',
  'pass',
  'warn',
  'fail',
  'error',
  'skipped',
];

function resultOf(status: NodeStatus): NodeResult {
  const times = { startedAt: new Date('2026-01-31T12:04:32Z'), completedAt: new Date('2026-01-31T12:04:33.5Z') };
  const ran: Partial<NodeResult> = {
    thread: 3,
    timing: [
      { name: 'compile', ...times },
      { name: 'execute', ...times },
    ],
    response: { _message: 'INSERT 4', code: 'INSERT', rows_affected: 4 },
    compiledCode: 'select "ö"\n-- end',
    relation: '`shop`.`orders`',
    failures: 2,
  };
  const common = {
    id: `model.shop.${status.replace(' ', '_')}`,
    status,
    message: 'why',
    failures: null,
    response: {},
    timing: [],
    seconds: 1.5,
  };
  return status === 'skipped' ? common : { ...common, ...ran };
}

test('dbt-core and dbt-artifacts-parser read run_results.json of every status', async () => {
  const args = { which: 'build', select: ['a+'], vars: { day: '2026-01-31' }, full_refresh: false };
  const content = runResultsJson(
    { invocation, results: statuses.map(resultOf), elapsed: 3.25, args },
    new Date('2026-01-31T12:04:40.001Z'),
  );
  assert.deepEqual(await askArtifact('run_results', content), { core: null, parser: null });
  const broken = { ...content, results: [{ status: 'done' }] };
  const problems = await askArtifact('run_results', broken);
  assert.ok(problems.core !== null && problems.parser !== null, 'the readers refuse what is wrong');
});

test('an artifact is written whole, with nothing beside it, and replaces the one before', async (context) => {
  const folder = await testFolder(context);
  const path = join(folder, 'target', 'run_results.json');
  writeArtifact(path, { first: true });
  writeArtifact(path, { rows: 5n, many: 2n ** 60n });
  assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), { rows: 5, many: '1152921504606846976' });
  assert.deepEqual(readdirSync(join(folder, 'target')), ['run_results.json']);
});
