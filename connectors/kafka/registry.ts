import { millraceError } from '../contract/index.ts';
import type { KafkaConfig } from './config.ts';

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

/** Milliseconds for one answer. */
const PATIENCE_MS = 30_000;

/** Schemas by Confluent's API. An id stands for the same schema for ever, so that each is asked for once. */
export class SchemaRegistry {
  readonly #root: string;
  readonly #headers: Record<string, string>;
  readonly #byId = new Map<number, Promise<RegisteredSchema>>();

  constructor({ url, user, password }: KafkaConfig['registry']) {
    this.#root = url.replace(/\/$/, '');
    const account = Buffer.from(`${user ?? ''}:${password ?? ''}`).toString('base64');
    this.#headers = user === undefined ? {} : { authorization: `Basic ${account}` };
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

  async #get<T>(path: string): Promise<T | undefined> {
    let response: Response;
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      response = await fetch(`${this.#root}${path}`, { headers: this.#headers, signal });
      if (response.ok) return (await response.json()) as T;
    } catch (cause) {
      throw this.#error(path, cause instanceof Error ? cause.message : String(cause), cause);
    }
    if (response.status === 404) return undefined;
    throw this.#error(path, `HTTP ${response.status}`);
  }

  #error(path: string, why: string, cause?: unknown): Error {
    return millraceError('kafka.registry', `${this.#root}${path}: ${why}`, {
      at: this.#root,
      ...(cause === undefined ? {} : { cause }),
    });
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
}
