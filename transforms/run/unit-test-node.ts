import { millraceError } from '../../connectors/contract/index.ts';
import type { AdapterSession, Outcome, ResultColumn } from '../adapter/adapter.ts';
import { type Cte, cteName, withCtes } from '../context/ephemeral.ts';
import { compileUnit } from '../context/unit-compile.ts';
import type { UnitWorld } from '../context/unit-context.ts';
import { refOf } from '../project/code-parse.ts';
import { callLiterals } from '../project/literal-template.ts';
import type { ManifestNode, SourceNode, UnitTestNode } from '../project/manifest.ts';
import { isMap, type ValueMap } from '../project/value.ts';
import { compareRows, type Row } from '../unit-test/comparison.ts';
import { differenceText } from '../unit-test/difference.ts';
import { fixtureOf, fixtureSql, spokenColumns } from '../unit-test/fixture.ts';
import { ConfigReader } from './config-read.ts';
import { relationOf } from './model-build.ts';
import type { Executed, NodeSteps } from './node-run.ts';
import { type CompiledText, type NodeWork, runText } from './node-work.ts';
import { type SentText, sentText } from './sent-text.ts';

/** A unit test: its model reads rows of the test in the place of what it refers to, and what it gives is compared with the rows expected. */
export function unitTestNode(work: NodeWork): NodeSteps<CompiledText> {
  const test = new UnitTest(work);
  return { compile: () => test.compile(), execute: ({ code }) => test.execute(code) };
}

/** What stands for an input: where its columns are known from, and its rows. */
interface Input {
  readonly node: ManifestNode | SourceNode;
  readonly call: string;
  readonly cte: string;
  readonly rows: ValueMap;
}

class UnitTest {
  readonly #work: NodeWork;
  readonly #unit: UnitTestNode;
  readonly #tested: ManifestNode;

  constructor(work: NodeWork) {
    const { nodes, unit_tests } = work.project.manifest;
    this.#work = work;
    this.#unit = unit_tests.get(work.node.unique_id)!;
    this.#tested = nodes.get(this.#unit.depends_on.nodes[0]!)!;
  }

  async compile(): Promise<CompiledText> {
    const { node, compilation, session, keepCompiled } = this.#work;
    const inputs = new Map<string, Input>();
    for (const given of this.#unit.given.filter(isMap)) {
      const input = this.#input(given, inputs);
      inputs.set(input.node.unique_id, input);
    }
    const request = { node: this.#tested, database: session };
    const { own, used } = await compileUnit(compilation.session, request, this.#world(inputs));
    const ctes: Cte[] = [];
    for (const id of used) {
      const input = inputs.get(id)!;
      ctes.push({ id, sql: ` ${input.cte} as (\n${await this.#rowsOf(input)}\n)` });
    }
    const code = withCtes(own, ctes);
    await keepCompiled(node, code);
    return { code };
  }

  async execute(code: string): Promise<Executed> {
    const { session: open, adapter } = this.#work;
    const session = await open();
    const sent = this.#sent(code);
    session.setModes(sent.modes);
    const columns = await session.columnsOf(sent.sql);
    const outcome = await runText(session, sent, { fetch: true });
    const { spoken, rows } = await this.#expected(session, columns);
    const actual = this.#rows(outcome, spoken, 'the model');
    const pairs = compareRows(actual, rows, spoken, adapter.type);
    const response = { _message: `SELECT ${actual.length}`, code: 'SELECT', rows_affected: actual.length };
    if (pairs.every(({ kind }) => kind === 'same')) return { status: 'pass', message: null, failures: 0, response };
    const names = spoken.map(({ name }) => name);
    return { status: 'fail', message: differenceText(pairs, names), failures: 1, response };
  }

  #world(inputs: ReadonlyMap<string, Input>): UnitWorld {
    const overrides = (key: string): ValueMap => {
      const part = this.#unit.overrides?.get(key);
      return isMap(part) ? part : new Map();
    };
    return {
      name: this.#unit.name,
      at: this.#at,
      inputs: new Map([...inputs].map(([id, { cte }]) => [id, cte])),
      macros: overrides('macros'),
      vars: overrides('vars'),
      envVars: overrides('env_vars'),
    };
  }

  /** @throws MillraceError `model.reference` */
  #input(given: ValueMap, known: ReadonlyMap<string, Input>): Input {
    const call = String(given.get('input') ?? '').trim();
    const node = call === 'this' ? this.#tested : this.#referred(call);
    if (node === undefined) {
      throw millraceError(
        'model.reference',
        `the unit test ${this.#unit.name} has rows for ${call || 'nothing'}, which is not in the project`,
        {
          at: this.#at,
          fix: "Name an input as the model does: ref('orders'), source('till', 'orders'), or this.",
        },
      );
    }
    const bare = cteName(node.resource_type === 'source' ? node.identifier : node.alias);
    const isTaken = [...known.values()].some(({ cte }) => cte.toLowerCase() === bare.toLowerCase());
    return { node, call, rows: given, cte: isTaken ? cteName(node.unique_id.replaceAll('.', '__')) : bare };
  }

  #referred(call: string): ManifestNode | SourceNode | undefined {
    const { references, project } = this.#work.compilation.session;
    const own = this.#tested.package_name;
    let found: ManifestNode | SourceNode | undefined;
    callLiterals(`{{ ${call} }}`, {
      ref: (args, kwargs) => {
        found = references.find(refOf(args, kwargs, this.#at), own)[0];
        return null;
      },
      source: ([source, table]) => {
        found = project.manifest.sources.get(references.findSource(String(source), String(table), own) ?? '');
        return null;
      },
    });
    return found;
  }

  /** The query of an input's rows. */
  async #rowsOf(input: Input): Promise<string> {
    const { compilation, session } = this.#work;
    const fixture = fixtureOf(input.rows);
    if (fixture.kind === 'sql')
      return await compilation.text(fixture.sql, this.#at, { node: this.#tested, database: session });
    return fixtureSql(fixture.rows, { columns: await this.#columnsOf(input), what: input.call, ...this.#literals });
  }

  /** As the input has them in the database; what is not there yet, but is made of a query, has those of its query. */
  async #columnsOf({ node, call }: Input): Promise<readonly ResultColumn[]> {
    const { adapter, compilation, session: open } = this.#work;
    const session = await open();
    if (node.resource_type === 'source') {
      const { database, schema, identifier } = node;
      const columns = await session.columns({
        database: adapter.database && (database ?? adapter.database),
        schema,
        identifier,
      });
      if (columns.length > 0) return columns;
    } else {
      const place = compilation.session.options.deferred?.(node);
      const isThere = node.config.materialized !== 'ephemeral';
      const columns = isThere ? await session.columns(relationOf({ ...node, ...place }, adapter.database)) : [];
      if (columns.length > 0) return columns;
      if (node.resource_type === 'model') return await this.#columnsOfModel(session, node);
    }
    throw millraceError(
      'model.fixture',
      `${call} is not in the database, so that the types of its columns are not known`,
      {
        at: this.#at,
        fix: 'Make it first, or give its rows with `format: sql`.',
      },
    );
  }

  async #columnsOfModel(session: AdapterSession, node: ManifestNode): Promise<readonly ResultColumn[]> {
    const { adapter, compilation } = this.#work;
    const { code } = await compilation.node(node, async () => session);
    const sent = sentText(node, code, adapter.type, node.original_file_path);
    session.setModes(sent.modes);
    return await session.columnsOf(sent.sql);
  }

  async #expected(
    session: AdapterSession,
    columns: readonly ResultColumn[],
  ): Promise<{ spoken: readonly ResultColumn[]; rows: Row[] }> {
    const fixture = fixtureOf(this.#unit.expect);
    if (fixture.kind === 'sql') {
      const outcome = await runText(session, this.#sent(fixture.sql), { fetch: true });
      return { spoken: columns, rows: this.#rows(outcome, columns, 'the query of the expected rows') };
    }
    const spoken = spokenColumns(fixture.rows, columns);
    if (fixture.rows.length === 0) return { spoken, rows: [] };
    // Columns that are not there are found by all of them.
    const all = { columns, what: `what ${this.#tested.name} gives`, ...this.#literals };
    const outcome = await runText(session, this.#sent(fixtureSql(fixture.rows, all)), { fetch: true });
    return { spoken, rows: this.#rows(outcome, spoken, 'the expected rows') };
  }

  get #literals() {
    const { type: server } = this.#work.adapter;
    const dialect = new ConfigReader(this.#tested).text('dialect');
    return { server, escapes: server !== 'duckdb' && dialect === 'mysql', at: this.#at };
  }

  /** In the dialect of the model. */
  #sent(text: string): SentText {
    const { adapter, compiledFile, node } = this.#work;
    return sentText(this.#tested, text, adapter.type, compiledFile(node) ?? this.#at);
  }

  /** The cells of these columns, in their order. @throws MillraceError `model.fixture` for a column that is not there */
  #rows(outcome: Outcome | undefined, columns: readonly ResultColumn[], what: string): Row[] {
    const table = outcome?.table;
    const names = (table?.columns ?? []).map(({ name }) => name.toLowerCase());
    const places = columns.map(({ name }) => {
      const place = names.indexOf(name.toLowerCase());
      if (place >= 0) return place;
      throw millraceError('model.fixture', `${what} gives no column ${name}`, {
        at: this.#at,
        fix: `It gives ${names.join(', ')}.`,
      });
    });
    return (table?.rows ?? []).map((row) => places.map((place) => row[place]!));
  }

  get #at(): string {
    return this.#unit.original_file_path;
  }
}
