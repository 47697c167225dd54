import { isDeepStrictEqual } from 'node:util';
import { millraceError } from '../contract/index.ts';
import type { KafkaConfig } from './config.ts';
import { type HttpCall, RegistryHttp } from './registry-http.ts';

/** A record schema of a registry, as plain JSON. */
export interface RegisteredSchema {
  readonly id: number;
  readonly avro: AvroRecord;
}

export interface AvroRecord {
  readonly type: 'record';
  readonly name: string;
  readonly fields: readonly AvroField[];
}

export interface AvroField {
  readonly name: string;
  readonly type: unknown;
  readonly default?: unknown;
  readonly aliases?: readonly string[];
}

/** Schemas by Confluent's API. An id stands for the same schema for ever, so that each is asked for once. */
export class SchemaRegistry {
  readonly #http: RegistryHttp;
  readonly #byId = new Map<number, Promise<RegisteredSchema>>();
  /** Answers to schemas that were registered, by subject and schema. */
  readonly #registered = new Map<string, Promise<Answer>>();

  constructor(config: KafkaConfig['registry']) {
    this.#http = new RegistryHttp(config);
  }

  byId(id: number): Promise<RegisteredSchema> {
    const known = this.#byId.get(id) ?? this.#ask(`/schemas/ids/${id}`, id);
    this.#byId.set(id, known);
    known.catch(() => this.#byId.delete(id));
    return known;
  }

  /** The newest schema of a topic's `key` or `value`; undefined where there is none. */
  async latest(topic: string, part: 'key' | 'value'): Promise<RegisteredSchema | undefined> {
    for (const name of subjects(topic, part)) {
      const path = `${name}/versions/latest`;
      const answer = await this.#get<Answer>(path);
      if (answer !== undefined) return this.#schema(path, answer, answer.id);
    }
    return undefined;
  }

  /** The id of a schema under a subject; registered if it is not. Throws `schema.refused` where the registry holds it for incompatible. */
  async register(subject: string, avro: object): Promise<number> {
    const schema = JSON.stringify(avro);
    const at = `${subject}\n${schema}`;
    const known = this.#registered.get(at) ?? this.#post(`${subjectPath(subject)}/versions`, { schema });
    this.#registered.set(at, known);
    known.catch(() => this.#registered.delete(at));
    const { id } = await known;
    if (id === undefined) throw this.#error(subjectPath(subject), 'the answer holds no id');
    return id;
  }

  /** Whether the newest version of a subject is this schema; undefined: there is none. */
  async hasNewest(subject: string, avro: object): Promise<boolean | undefined> {
    const newest = await this.#get(`${subjectPath(subject)}/versions/latest`);
    return newest?.schema === undefined ? undefined : isDeepStrictEqual(JSON.parse(newest.schema), avro);
  }

  /** What the registry has against a schema as the next version of a subject; undefined: nothing. */
  async objection(subject: string, avro: object): Promise<string | undefined> {
    const path = `/compatibility${subjectPath(subject)}/versions/latest?verbose=true`;
    const answer = await this.#post(path, { schema: JSON.stringify(avro) }, 404);
    if (answer.is_compatible !== false) return undefined;
    return answer.messages?.join('; ') || 'it is not compatible with the version before';
  }

  /** Whether the id is of one of the topic's schemas, and so not newer than `latest`. */
  async isVersion(topic: string, part: 'key' | 'value', id: number): Promise<boolean> {
    for (const name of subjects(topic, part)) {
      const versions = await this.#get<readonly number[]>(`${name}/versions`);
      for (const version of (versions ?? []).toReversed()) {
        if ((await this.#get<Answer>(`${name}/versions/${version}`))?.id === id) return true;
      }
    }
    return false;
  }

  async #ask(path: string, id: number): Promise<RegisteredSchema> {
    const answer = await this.#get<Answer>(path);
    if (answer === undefined) throw this.#error(path, 'there is no such schema');
    return this.#schema(path, answer, id);
  }

  #schema(path: string, { schema, schemaType }: Answer, id: number | undefined): RegisteredSchema {
    if (schema === undefined || id === undefined) throw this.#error(path, 'the answer holds no schema');
    if (schemaType !== undefined && schemaType !== 'AVRO') throw this.#error(path, `the schema is ${schemaType}`);
    const avro = JSON.parse(schema) as AvroRecord;
    if (avro.type !== 'record' || !Array.isArray(avro.fields)) throw this.#error(path, 'the schema is not of a record');
    return { id, avro };
  }

  async #get<T = Answer>(path: string): Promise<T | undefined> {
    const { status, answer } = await this.#call(path, {});
    if (status === 404) return undefined;
    if (status !== 200) throw this.#error(path, `HTTP ${status}`);
    return answer as T;
  }

  /** `absent`: the status that stands for an empty answer. */
  async #post(path: string, body: object, absent?: number): Promise<Answer> {
    const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' };
    const { status, answer } = await this.#call(path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (status === 200) return answer;
    if (status === absent) return {};
    const why = `HTTP ${status}${answer.message === undefined ? '' : `: ${answer.message}`}`;
    if (status !== 409 && status !== 422) throw this.#error(path, why);
    throw millraceError('schema.refused', `${this.#http.at}${path}: ${why}`, {
      at: this.#http.at,
      fix: 'Give the stream another topic (`target`), or change the compatibility that the registry asks of the subject.',
    });
  }

  async #call(path: string, request: HttpCall): Promise<{ readonly status: number; readonly answer: Answer }> {
    try {
      const { status, text } = await this.#http.call(path, request);
      return { status, answer: status === 200 ? (JSON.parse(text) as Answer) : said(text) };
    } catch (cause) {
      throw this.#error(path, cause instanceof Error ? cause.message : String(cause), cause);
    }
  }

  #error(path: string, why: string, cause?: unknown): Error {
    return millraceError('kafka.registry', `${this.#http.at}${path}: ${why}`, {
      at: this.#http.at,
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

function subjectPath(subject: string): string {
  return `/subjects/${encodeURIComponent(subject)}`;
}

/** What an answer that is an error says, where it says so in the API's way. */
function said(text: string): Answer {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return {};
  }
}

/** Paths of the subjects that a topic's schemas may be under: TiCDC writes dots of the topic as `_`. */
function subjects(topic: string, part: 'key' | 'value'): string[] {
  const names = new Set([topic, topic.replaceAll('.', '_')]);
  return [...names].map((name) => `/subjects/${encodeURIComponent(`${name}-${part}`)}`);
}

interface Answer {
  readonly id?: number;
  readonly schema?: string;
  readonly schemaType?: string;
  readonly is_compatible?: boolean;
  readonly messages?: readonly string[];
  readonly message?: string;
}
