import { millraceError } from '../../connectors/contract/index.ts';
import type { Remark } from '../adapter/adapter.ts';
import { renderFailure } from '../context/failure.ts';
import { type Compilation, dictOf } from '../context/index.ts';
import { Template, type Value } from '../jinja/index.ts';
import type { ManifestNode } from '../project/manifest.ts';
import { textOf } from '../project/python-text.ts';
import { isMap, type Value as ProjectValue } from '../project/value.ts';

const FILE = 'dbt_project.yml';
const PLACE = `${FILE} (query-comment)`;

/**
 * `query-comment` of dbt_project.yml: what stands as a comment with every statement of a node. A text or a template, which has `node` and
 * `connection_name`, or a map of `comment` and `append`. Without the key it is the node's id with the names of profile and target, as JSON;
 * with nothing behind the key there is none.
 */
export class QueryComment {
  readonly #compilation: Compilation;
  readonly #append: boolean;
  /** Undefined: the usual one. */
  readonly #text: string | undefined;
  readonly #template: Template | undefined;

  /** @throws MillraceError `project.invalid`, `model.template` */
  constructor(compilation: Compilation) {
    this.#compilation = compilation;
    const { text, append } = read(compilation.session.project.config.queryComment);
    this.#append = append;
    this.#text = text;
    if (text !== undefined && /\{[{%#]/.test(text)) this.#template = new Template(text, { name: PLACE });
  }

  /** Of the statements of a node, or of none: of a macro that is run by itself. @throws MillraceError */
  async of(node: ManifestNode | undefined): Promise<Remark | undefined> {
    const text = (await this.#textOf(node)).trim();
    if (text === '') return undefined;
    // DuckDB's comments nest, the others' do not: either mark would let the statement begin or end elsewhere.
    if (/\*\/|\/\*/.test(text)) {
      throw millraceError('project.invalid', '`query-comment` holds a mark of comments', {
        at: PLACE,
        fix: 'Write its text without `/*` and `*/`.',
      });
    }
    return { text, append: this.#append };
  }

  async #textOf(node: ManifestNode | undefined): Promise<string> {
    if (this.#template === undefined) return this.#text ?? this.#usual(node);
    const name = node?.unique_id ?? 'master';
    const extra = new Map<string, Value>([
      ['connection_name', name],
      ['node', node === undefined ? null : dictOf(node)],
    ]);
    try {
      return await this.#template.renderWaiting(this.#compilation.context({ node: undefined, extra }));
    } catch (thrown) {
      throw renderFailure(thrown, PLACE);
    }
  }

  #usual(node: ManifestNode | undefined): string {
    const { values, name } = this.#compilation.session.facts.target;
    return JSON.stringify({
      app: 'millrace',
      profile_name: values.get('profile_name'),
      target_name: name,
      ...(node === undefined ? { connection_name: 'master' } : { node_id: node.unique_id }),
    });
  }
}

/** `job-label` is of BigQuery alone: what is no comment there has no meaning here. */
const KEYS = ['comment', 'append', 'job-label', 'job_label'];

function read(said: ProjectValue | undefined): { text: string | undefined; append: boolean } {
  if (said === undefined) return { text: undefined, append: false };
  if (said === null) return { text: '', append: false };
  if (!isMap(said)) return { text: textOf(said), append: false };
  const unknown = [...said.keys()].map(textOf).filter((key) => !KEYS.includes(key));
  const append = said.get('append') ?? false;
  if (unknown.length > 0) throw wrong(`\`${unknown[0]}\` is no key of \`query-comment\``);
  if (typeof append !== 'boolean') throw wrong('`append` of `query-comment` is neither true nor false');
  const comment = said.get('comment');
  return { text: comment === undefined ? undefined : comment === null ? '' : textOf(comment), append };
}

function wrong(message: string): Error {
  return millraceError('project.invalid', message, { at: FILE, fix: 'Use `comment` and `append`.' });
}
