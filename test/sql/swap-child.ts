import type { StreamSchema } from '../../connectors/contract/index.ts';
import { buildIndexes } from '../../connectors/sql/index-build.ts';
import { planTarget, swapOf } from '../../connectors/sql/plan.ts';
import { applyPlan } from '../../connectors/sql/plan-apply.ts';
import { quoteTable } from '../../connectors/sql/quote.ts';
import { readServerFacts } from '../../connectors/sql/shape-facts.ts';
import { retire, swapIn } from '../../connectors/sql/swap.ts';
import { targetOf } from './schema-sample.ts';
import { openSession, type ServerDialect, single } from './schema-server.ts';

/** One full read of generation `argv[4]` from wherever the last run left it: the program that the kill test kills. */

const [dialect, database, generation] = [process.argv[2] as ServerDialect, process.argv[3]!, Number(process.argv[4])];
const column = (name: string) =>
  ({ name, type: { kind: 'integer', bits: 32, unsigned: false }, nullable: false }) as const;
const source: StreamSchema = {
  stream: { namespace: 'src', name: 't' },
  columns: [column('id'), column('g')],
  key: ['id'],
  indexes: [{ name: 'by_g', unique: false, kind: 'btree', parts: [{ column: 'g' }] }],
};

await using session = await openSession(dialect);
const { run } = session;
const phases = `${database}.phases`;
const reached = (phase: string) => run(`REPLACE INTO ${phases} VALUES (${generation}, '${phase}')`);
const phase = async () => single(run, `SELECT phase FROM ${phases} WHERE g = ${generation}`);

const facts = await readServerFacts(run, dialect);
const options = { dialect, foldsNames: facts.foldsNames, signal: new AbortController().signal };
const request = {
  facts,
  target: targetOf(source, database, { write: 'overwrite' }),
  pipeline: 'p',
  generation,
  owned: true,
};
const tables = swapOf(request)!;

process.stdout.write('begun\n');
if ((await phase()) === undefined) {
  const plan = await planTarget(run, request);
  await applyPlan(run, plan);
  await run(`REPLACE INTO ${quoteTable(plan.load)} (id, g) VALUES (1, ${generation}), (2, ${generation})`);
  await buildIndexes(run, dialect, plan.load, plan.shape);
  await reached('ready');
}
if ((await phase()) === 'ready') {
  await swapIn(run, tables, options);
  await reached('swapped');
}
if ((await phase()) === 'swapped') {
  await retire(run, tables, '', options);
  await reached('done');
}
