import {
  type Comparer,
  type Identity,
  MillraceError,
  matchesStream,
  millraceError,
  type StreamName,
  type StreamSchema,
} from '../contract/index.ts';
import { DuckFile } from './file.ts';
import { fileComparer } from './file-comparer.ts';
import { type FileConfig, type FileStream, fileStreams } from './file-config.ts';
import type { FileFormat, FileShape } from './file-format.ts';
import { quoteText } from './quote.ts';
import type { Part, Relation } from './relation.ts';
import type { Session } from './session.ts';
import type { Shelf } from './source.ts';
import { fileFingerprint } from './table-relation.ts';

/** Files of one format as streams, read by a DuckDB in memory. */
export class FileShelf implements Shelf {
  readonly identity: Identity;
  readonly #streams: readonly FileStream[];
  readonly #format: FileFormat;
  readonly #engine: DuckFile;
  /** What was found in the files of a stream, and their fingerprint then. */
  readonly #looks = new Map<string, { readonly fingerprint: string; readonly shape: FileShape }>();

  constructor(config: FileConfig, format: FileFormat) {
    this.#streams = fileStreams(config);
    this.#format = format;
    this.#engine = new DuckFile(
      { path: ':memory:', title: config.type, access: 'write', memory: config.memory },
      'source',
    );
    this.identity = `${config.type}:${this.#streams.map(({ name }) => name).join(',')}`;
  }

  session(): Promise<Session> {
    return this.#engine.session();
  }

  async discover(session: Session, patterns: readonly string[]): Promise<StreamSchema[]> {
    const schemas: StreamSchema[] = [];
    const broken: MillraceError[] = [];
    for (const stream of this.#streams) {
      const name = { namespace: '', name: stream.name };
      if (!patterns.some((pattern) => matchesStream(pattern, name))) continue;
      try {
        schemas.push(schemaOf(stream, await this.#look(session, await filesOf(session, stream), stream)));
      } catch (thrown) {
        if (!(thrown instanceof MillraceError) || thrown.origin !== 'source' || thrown.retry !== 'never') throw thrown;
        broken.push(thrown);
        // It is there; why it cannot be read is said when it is asked for, so that the others can be.
        schemas.push({ stream: name, columns: [] });
      }
    }
    if (broken.length > 0 && broken.length === schemas.length) throw broken[0]!;
    return schemas;
  }

  async relation(session: Session, { namespace, name }: StreamName): Promise<Relation | undefined> {
    const stream = this.#streams.find((each) => each.name === name);
    if (stream === undefined || namespace !== '') return undefined;
    const files = await filesOf(session, stream);
    const shape = await this.#look(session, files, stream);
    return {
      schema: schemaOf(stream, shape),
      columns: shape.sources,
      from: shape.from(files),
      lanes: [files.map((file) => partOf(shape, file))],
      ...(shape.broken === undefined ? {} : { broken: inFile(shape.broken, stream.path) as MillraceError }),
      fingerprint: `${fileFingerprint(files)} ${shape.facts}`,
    };
  }

  comparer(): Comparer {
    return fileComparer(this.#engine, async (stream) => {
      await using session = await this.session();
      const relation = await this.relation(session, stream);
      return relation && { columns: relation.schema.columns, from: relation.from };
    });
  }

  async #look(session: Session, files: readonly string[], stream: FileStream): Promise<FileShape> {
    const fingerprint = fileFingerprint(files);
    const before = this.#looks.get(stream.name);
    if (before?.fingerprint === fingerprint) return before.shape;
    const shape = await this.#format.look(session, files, stream).catch((thrown) => {
      throw inFile(thrown, stream.path);
    });
    this.#looks.set(stream.name, { fingerprint, shape });
    return shape;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine[Symbol.asyncDispose]();
  }
}

/** DuckDB names the file in most of what it says; where a stream is of many, the path says which stream. */
function inFile(thrown: unknown, at: string): unknown {
  if (!(thrown instanceof MillraceError) || thrown.at === at) return thrown;
  const { code, message, origin, retry, fix, cause } = thrown;
  return millraceError(code, message, { origin, retry, fix, cause, at });
}

function partOf({ from, bearing }: FileShape, file: string): Part {
  return { from: from([file]), mark: 'offset', ...(bearing === undefined ? {} : { bearing: bearing(file) }) };
}

/** The files that a path means, in order of name. Throws `file.missing`. */
async function filesOf(session: Session, { path, name }: FileStream): Promise<string[]> {
  const files = (await session.rows(`SELECT file FROM glob(${quoteText(path)}) ORDER BY 1`)).map(([file]) => file!);
  if (files.length > 0) return files;
  throw millraceError('file.missing', `there is no file ${path}`, { origin: 'source', at: name });
}

/** Columns of the key are NOT NULL: rows without it are rejected. Throws `config.invalid` for names that the files do not have. */
function schemaOf({ name, key, text, path }: FileStream, { columns }: FileShape): StreamSchema {
  const missing = [...(key ?? []), ...text].filter((each) => !columns.some((column) => column.name === each));
  if (missing.length > 0) {
    throw millraceError('config.invalid', `${path} has no column ${missing.map((each) => `\`${each}\``).join(', ')}`, {
      at: name,
    });
  }
  return {
    stream: { namespace: '', name },
    columns: columns.map((column) => (key?.includes(column.name) ? { ...column, nullable: false } : column)),
    ...(key === undefined ? {} : { key }),
  };
}
