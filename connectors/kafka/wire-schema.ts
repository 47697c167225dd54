import { avroSchema, keySchema } from '../avro/index.ts';
import type { Column, StreamSchema, Target } from '../contract/index.ts';

/** A stream as its topic carries it: with the constant column of the target, behind the others and the key. */
export function wireStream(schema: StreamSchema, { constant }: Target): StreamSchema {
  if (constant === undefined) return schema;
  const length = Math.max(64, [...constant.value].length);
  const column: Column = {
    name: constant.column,
    type: { kind: 'text', length, charset: 'utf8mb4', collation: 'utf8mb4_bin' },
    nullable: false,
  };
  const { key } = schema;
  return {
    ...schema,
    columns: [...schema.columns, column],
    ...(key === undefined ? {} : { key: [...key, constant.column] }),
  };
}

/** The schemas of a topic by their subjects, see `TopicNameStrategy`. */
export interface Subject {
  readonly name: string;
  readonly avro: object;
}

export interface Subjects {
  readonly value: Subject;
  /** Absent: records have no key. */
  readonly key?: Subject;
}

export function subjectsOf(topic: string, stream: StreamSchema): Subjects {
  return {
    value: { name: `${topic}-value`, avro: avroSchema(stream, 'typed') },
    ...(stream.key === undefined ? {} : { key: { name: `${topic}-key`, avro: keySchema(stream, 'typed') } }),
  };
}

/** The five bytes before an Avro record: a zero and the id of its schema. */
export function frame(id: number): Buffer {
  const head = Buffer.alloc(5);
  head.writeInt32BE(id, 1);
  return head;
}
