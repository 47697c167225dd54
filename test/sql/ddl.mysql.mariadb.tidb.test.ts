import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTableSql, laterIndexes } from '../../connectors/sql/ddl.ts';
import { addIndexesSql } from '../../connectors/sql/ddl-index.ts';
import { introspectTables } from '../../connectors/sql/introspect.ts';
import { wantedShape } from '../../connectors/sql/shape.ts';
import { readServerFacts, refusedExpressions } from '../../connectors/sql/shape-facts.ts';
import { fitShape } from '../../connectors/sql/shape-fit.ts';
import { matchesGolden } from '../golden.ts';
import { sample, targetOf } from './schema-sample.ts';
import { inDatabase, servers } from './schema-server.ts';

const cases = {
  full: {},
  bare: { carry: { indexes: false, checks: false, defaults: false, autoIncrement: false } },
  shard: { constant: { column: 'shard', value: 'eu-1' } },
  soft: { write: 'soft_delete' },
  append: { write: 'append' },
} as const;

for (const dialect of servers) {
  describe(`DDL for ${dialect}`, () => {
    for (const [name, more] of Object.entries(cases)) {
      it(`is as on record and is taken by the server: ${name}`, async () => {
        await inDatabase(dialect, async (database, run) => {
          const facts = await readServerFacts(run, dialect);
          const wanted = wantedShape(targetOf(sample, database, more));
          const typed = fitShape(wanted, { ...facts, refused: new Map() }).schema;
          const refused = await refusedExpressions(run, typed, dialect);
          const { schema, notes } = fitShape(wanted, { ...facts, refused });
          const statements = [
            createTableSql(schema, dialect),
            ...addIndexesSql(schema.stream, laterIndexes(schema), dialect),
          ];
          for (const sql of statements) await run(sql);

          const [made] = await introspectTables(run, dialect, [schema.stream]);
          assert.deepEqual(
            made?.columns.map((column) => column.name),
            schema.columns.map((column) => column.name),
          );
          assert.deepEqual(made?.key, schema.key);
          assert.equal(made?.comment, schema.comment);
          assert.deepEqual(
            made?.columns.map((column) => [column.comment, column.nullable, column.default]),
            schema.columns.map((column) => [column.comment, column.nullable, column.default]),
          );
          const text = [...statements.map((sql) => `${sql};`), ...notes.map((note) => `-- ${note}`)].join('\n');
          matchesGolden(`ddl/${dialect}-${name}.sql`, `${text.replaceAll(database, 'target')}\n`);
        });
      });
    }
  });
}
