// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the document shows how variables are written
import { z } from 'zod';
import { streamConfig } from '../../connectors/sync/index.ts';
import { projectConfig } from '../config/schema.ts';
import { FIELD_HEAD, type Field, fieldRows } from './fields.ts';

/** `docs/project.md`, made from the schemas that `millrace.yaml` is parsed with. */
export function projectReference(): string {
  const { properties } = json(projectConfig);
  const { pipelines, ...top } = properties!;
  return [
    '# millrace.yaml',
    '',
    '`${NAME}` and `${NAME:-default}` in a value are replaced after the file was parsed, from the environment and from `.env` beside the file; `$${` stands for a plain `${`. Between `{ }` or `[ ]` a value with a variable needs quotes. Paths are meant from the folder of the file.',
    '',
    ...FIELD_HEAD,
    ...fieldRows({ properties: { ...top, pipelines: { type: 'object', description: pipelines!.description ?? '' } } }),
    '',
    'What a connection may say depends on its `type`: see [connectors](connectors.md).',
    '',
    '## A pipeline',
    '',
    ...FIELD_HEAD,
    ...fieldRows(pipelines!.additionalProperties as Field),
    '',
    '## A stream of a pipeline',
    '',
    'Each overrides what the pipeline says for all.',
    '',
    ...FIELD_HEAD,
    ...fieldRows(json(streamConfig)),
    '',
  ].join('\n');
}

function json(schema: z.ZodType): Field {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Field;
}
