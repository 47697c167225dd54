import { sharedUrl } from '../../services/shared.ts';

/** What dbt-core and PyYAML say, from the process that has them. */
async function ask<Answer>(path: string, body: unknown): Promise<Answer> {
  const answer = await fetch(`${sharedUrl('dbt')}${path}`, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`the oracle answered ${answer.status}`);
  return (await answer.json()) as Answer;
}

export interface YamlAnswer {
  /** By PyYAML's own scanner. */
  readonly python: { readonly value?: string; readonly error?: string };
  /** By libyaml, which dbt uses. */
  readonly c: { readonly value?: string; readonly error?: string };
}

/** Values by their Python `repr`. */
export function askYaml(texts: readonly string[]): Promise<YamlAnswer[]> {
  return ask('/yaml', texts);
}

export interface DbtCase {
  readonly files: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Artifacts of an earlier run, by name, in the folder `state`. */
  readonly state?: Readonly<Record<string, unknown>>;
  readonly commands: readonly (readonly string[])[];
  /** Commands that are run before it compiles. */
  readonly before?: readonly (readonly string[])[];
  /** Further words of `dbt compile`, which is run where they are there. */
  readonly compile?: readonly string[];
  /** Words of `dbt ls`, whose lines are wanted as they are. */
  readonly lists?: readonly (readonly string[])[];
}

export interface DbtAnswer {
  readonly manifest: Readonly<Record<string, never>> & DbtManifest;
  /** The unique ids that `dbt ls` lists for each command, in order of name; null where it failed. */
  readonly answers: readonly (readonly string[] | null)[];
  /** The files below `target/compiled`. */
  readonly compiled: Readonly<Record<string, string>>;
  readonly lists: readonly (readonly string[] | null)[];
  readonly error?: string;
}

export interface DbtManifest {
  readonly nodes: Readonly<Record<string, DbtNode>>;
  readonly sources: Readonly<Record<string, DbtNode>>;
  readonly exposures: Readonly<Record<string, DbtNode>>;
  readonly unit_tests: Readonly<Record<string, DbtNode>>;
  readonly disabled: Readonly<Record<string, DbtNode[]>>;
  readonly groups: Readonly<Record<string, DbtNode>>;
  readonly macros: Readonly<Record<string, DbtNode>>;
  readonly docs: Readonly<Record<string, DbtNode>>;
  readonly parent_map: Readonly<Record<string, string[]>>;
}

export type DbtNode = Readonly<Record<string, unknown>>;

export function askDbt(question: DbtCase): Promise<DbtAnswer> {
  return ask('/dbt', question);
}

/** What is wrong with an artifact for dbt-core and for the `dbt-artifacts-parser` that others read artifacts with; null: nothing. */
export function askArtifact(
  kind: 'run_results' | 'manifest' | 'sources' | 'catalog',
  content: unknown,
): Promise<{ readonly core: string | null; readonly parser: string | null }> {
  return ask('/read', { kind, content });
}

export interface DbtBuild {
  readonly exits: readonly boolean[];
  /** Those that were asked for, by name; null where it left none. */
  readonly artifacts: Readonly<Record<string, DbtNode | null>>;
  readonly results: readonly { readonly results: readonly Readonly<Record<string, unknown>>[] }[];
  /** By `schema.name`; values as DuckDB's text of them, rows in their order. */
  readonly tables: Readonly<
    Record<string, { readonly columns: [string, string][]; readonly rows: (string | null)[][] }>
  >;
}

/** Runs commands of dbt-core on DuckDB, one after the other in one folder, and reads what is in the file `database` after them. */
export function askBuild(
  question: Omit<DbtCase, 'state'> & { readonly database: string; readonly artifacts?: readonly string[] },
): Promise<DbtBuild> {
  return ask('/build', question);
}

/** The page of dbt-core that shows artifacts. */
export async function askPage(): Promise<string> {
  const answer = await fetch(`${sharedUrl('dbt')}/page`);
  return ((await answer.json()) as { page: string }).page;
}
