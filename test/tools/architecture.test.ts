import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { checkArchitecture } from './architecture.ts';

/** A source tree of the given files, checked, and removed again. */
async function violationsOf(files: Record<string, string>): Promise<readonly string[]> {
  const root = mkdtempSync(join(tmpdir(), 'millrace-architecture-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const { modules, violations } = await checkArchitecture(root);
    const shipped = Object.keys(files).filter((path) => !path.startsWith('test/'));
    assert.equal(modules, shipped.length, 'every planted file is seen');
    return violations;
  } finally {
    rmSync(root, { recursive: true });
  }
}

const leaf = 'export interface Thing { name: string }\nexport const thing = 1;\n';

/** Imports that the layers forbid: from, to, the rule that must name it. */
const forbidden = [
  ['connectors/contract/a.ts', 'connectors/types/b.ts', 'contract-imports-nothing'],
  ['connectors/types/a.ts', 'connectors/avro/b.ts', 'types-know-contract'],
  ['connectors/avro/a.ts', 'connectors/sql/b.ts', 'avro-knows-types'],
  ['connectors/sql/a.ts', 'connectors/duckdb/b.ts', 'sql-kafka-duckdb-know-avro'],
  ['connectors/mysql/a.ts', 'connectors/tidb/b.ts', 'mysql-tidb-know-sql'],
  ['connectors/sync/a.ts', 'connectors/mysql/b.ts', 'sync-knows-the-contract'],
  ['connectors/state/a.ts', 'connectors/sync/b.ts', 'state-knows-the-contract'],
  ['connectors/sync/a.ts', 'cli/b.ts', 'connectors-stand-alone'],
  ['cli/a.ts', 'test/b.ts', 'nothing-shipped-imports-tests'],
] as const;

describe('architecture', () => {
  it('holds in this repository, and sees its files', async () => {
    const { modules, violations } = await checkArchitecture(resolve(import.meta.dirname, '../..'));
    assert.deepEqual(violations, []);
    assert.ok(modules > 20, `${modules} modules`);
  });

  for (const [from, to, rule] of forbidden) {
    it(`refuses ${from} -> ${to}`, async () => {
      const path = `${'../'.repeat(from.split('/').length - 1)}${to}`;
      const tree = { [from]: `import { thing } from '${path}';\nexport const a = thing;\n`, [to]: leaf };
      const seen = await violationsOf(tree);
      assert.ok(
        seen.some((violation) => violation.startsWith(`${rule}:`)),
        seen.join('\n'),
      );
    });
  }

  it('refuses an import of a type only, and a cycle', async () => {
    const type = await violationsOf({
      'connectors/types/a.ts': "import type { Thing } from '../avro/b.ts';\nexport type A = Thing;\n",
      'connectors/avro/b.ts': leaf,
    });
    assert.match(type.join(), /types-know-contract/);
    const cycle = await violationsOf({
      'cli/a.ts': "import { b } from './b.ts';\nexport const a = () => b;\n",
      'cli/b.ts': "import { a } from './a.ts';\nexport const b = () => a;\n",
    });
    assert.match(cycle.join(), /no-cycles/);
  });

  it('allows what the layers allow', async () => {
    const seen = await violationsOf({
      'connectors/mysql/a.ts': "import { thing } from '../sql/b.ts';\nexport const a = thing;\n",
      'connectors/sql/b.ts': leaf,
    });
    assert.deepEqual(seen, []);
  });
});
