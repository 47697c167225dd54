import { z } from 'zod';
import type { Connector } from '../../connectors/contract/index.ts';
import { pipelineConfig } from '../../connectors/sync/config.ts';

/** Names that can stand on a command line beside URLs and options. */
const name = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, 'use letters, digits, `_`, `-` and `.`');

const pipeline = z.strictObject({
  from: z.string().min(1).describe('Name of the connection to read from.'),
  via: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Name of a Kafka connection between the two: the pipeline is two halves then, one into topics and one out of them.',
    ),
  to: z.string().min(1).describe('Name of the connection to write to.'),
  id: z
    .uuid()
    .optional()
    .describe(
      'Identity under which positions are kept and tables are owned, in place of the one that both names make. `init` writes that of its two URLs: the project goes on where `sync` with these URLs is.',
    ),
  ...pipelineConfig.shape,
});

export type PipelineEntry = z.output<typeof pipeline>;

const fields = {
  version: z.literal(1).optional().describe('Version of the form of this file.'),
  name: name.describe(
    "The project's name. With the pipeline's name it is the identity under which positions are kept.",
  ),
  pipelines: z.record(name, pipeline).describe('What flows from where to where.'),
};

/** The project file but for its connections, whose form each connector says. */
export const projectConfig = z.strictObject({
  ...fields,
  connections: z.record(name, z.looseObject({ type: z.string() })).describe('Databases and files, by name.'),
});

export type ProjectConfig = z.output<typeof projectConfig>;

/** The JSON Schema of `millrace.yaml` for editors: every value may also be a `${VARIABLE}`. */
export function projectJsonSchema(connectors: readonly Connector[]): object {
  const connection = z.union(connectors.map((connector) => connector.config));
  const schema = z.strictObject({
    ...fields,
    connections: z.record(name, connection).describe('Databases and files, by name.'),
  });
  const json = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    target: 'draft-2020-12',
    override: ({ jsonSchema }) => allowReference(jsonSchema),
  });
  return { ...json, title: 'millrace project' };
}

/** Numbers, booleans and choices may be written as a reference to a variable. */
function allowReference(schema: z.core.JSONSchema.BaseSchema): void {
  const scalar = schema.type === 'number' || schema.type === 'integer' || schema.type === 'boolean';
  if (!scalar && !(schema.enum !== undefined && schema.const === undefined)) return;
  const { description, default: fallback, ...own } = schema;
  for (const key of Object.keys(schema)) delete schema[key];
  if (description !== undefined) schema.description = description;
  if (fallback !== undefined) schema.default = fallback;
  schema.anyOf = [own, { type: 'string', pattern: '\\$\\{' }];
}
