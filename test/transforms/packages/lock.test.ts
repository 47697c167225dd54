import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hashOf, lockText } from '../../../transforms/packages/lock.ts';
import { readPackageSpecs } from '../../../transforms/project/package-list.ts';
import { Problems } from '../../../transforms/project/problems.ts';
import { folder } from '../../cli/command-line.ts';

const WRITTEN = `packages:
  - local: packs/tools
  - git: https://git.example.com/gitted
    revision: v1.0
  - git: "{{ env_var('ROOT', 'https://git.example.com') }}/gitteü.git"
    subdirectory: sub
    revision: 1.5
    warn-unpinned: false
  - tarball: https://files.example.com/tarred.tgz
    name: tarred
  - package: someone/something
    version: [">=1.0.0", "<2.0.0"]
`;

/** As dbt-core 1.11.16 writes it. */
const LOCK = `packages:
  - git: '{{ env_var(''ROOT'', ''https://git.example.com'') }}/gitted'
    name: subbed
    revision: '1111111111111111111111111111111111111111'
    subdirectory: sub
  - name: tarred
    tarball: https://files.example.com/tarred.tgz
sha1_hash: '0000000000000000000000000000000000000000'
`;

test('what a project asks for has the hash that dbt-core 1.11.16 gives it', () => {
  using own = folder();
  writeFileSync(join(own.path, 'packages.yml'), WRITTEN);
  const problems = new Problems();
  const scope = { vars: new Map(), env: {}, target: new Map(), renderer: undefined };
  const specs = readPackageSpecs(own.path, '', scope, problems);
  assert.deepEqual(problems.errors, []);
  assert.equal(hashOf(specs), '3ba3483ac5689f99aba4bb54cd7c1486921a3422');
});

test('package-lock.yml is the text that dbt-core 1.11.16 writes', () => {
  const git = "{{ env_var('ROOT', 'https://git.example.com') }}/gitted";
  const packages = [
    { git, name: 'subbed', revision: '1'.repeat(40), subdirectory: 'sub' },
    { name: 'tarred', tarball: 'https://files.example.com/tarred.tgz' },
  ];
  assert.equal(lockText(packages, '0'.repeat(40)), LOCK);
});
