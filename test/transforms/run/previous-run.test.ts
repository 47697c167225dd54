import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MillraceError } from '../../../connectors/contract/index.ts';
import { readPreviousRun } from '../../../transforms/run/previous-run.ts';
import { skippedResult } from '../../../transforms/run/result.ts';
import { runResultsJson, writeArtifact } from '../../../transforms/run/run-results.ts';
import { testFolder } from '../../services/folder.ts';

test('what a run leaves tells the next one what is unfinished and how long things take', async (context) => {
  const path = join(await testFolder(context), 'run_results.json');
  assert.equal(readPreviousRun(path), undefined);
  const statuses = ['success', 'error', 'pass', 'warn', 'fail', 'skipped', 'partial success', 'no-op'] as const;
  const results = statuses.map((status, index) => ({ ...skippedResult(`n.${status}`, ''), status, seconds: index }));
  const invocation = { id: 'one', startedAt: new Date(), dbtVersion: '1.11.16', env: {} };
  const args = { which: 'build', select: ['a'] };
  writeArtifact(path, runResultsJson({ invocation, results, elapsed: 1, args }, new Date()));
  const previous = readPreviousRun(path)!;
  assert.deepEqual(previous.unfinished, ['n.error', 'n.fail', 'n.skipped', 'n.partial success']);
  assert.equal(previous.seconds.get('n.fail'), 4);
  assert.deepEqual([previous.command, previous.args.select], ['build', ['a']]);
});

test('a file that no run left is refused with its path', async (context) => {
  const path = join(await testFolder(context), 'run_results.json');
  for (const text of ['', '[]', '{"results": [{"status": "success"}]}']) {
    writeFileSync(path, text);
    assert.throws(
      () => readPreviousRun(path),
      (error) => error instanceof MillraceError && error.code === 'project.artifact' && error.at === path,
    );
  }
});
