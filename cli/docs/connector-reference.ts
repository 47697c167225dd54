import { z } from 'zod';
import type { Connector } from '../../connectors/contract/index.ts';
import { legalModes } from '../../connectors/sync/index.ts';
import { FIELD_HEAD, type Field, fieldRows } from './fields.ts';

/** `docs/connectors.md`, made from the schemas that configurations are parsed with. */
export function connectorReference(connectors: readonly Connector[]): string {
  return [
    '# Connectors',
    '',
    '*Tested* versions run in the test suite; *expected* ones should work and are not run.',
    '',
    ...connectors.flatMap(connectorSection),
    '## Modes',
    '',
    'Which write modes go with which read mode; a destination may know fewer.',
    '',
    '| read | write |',
    '| --- | --- |',
    ...Object.entries(legalModes).map(
      ([read, writes]) => `| \`${read}\` | ${writes.map((write) => `\`${write}\``).join(', ')} |`,
    ),
    '',
  ].join('\n');
}

function connectorSection({
  type,
  title,
  tested,
  expected,
  config,
  schemes,
  source,
  destination,
}: Connector): string[] {
  const json = z.toJSONSchema(config, { io: 'input', unrepresentable: 'any' }) as Field;
  const { type: _, ...properties } = json.properties ?? {};
  const settings = { ...json, properties };
  const sides = [source && 'source', destination && 'destination'].filter((side) => side !== undefined).join(' and ');
  return [
    `## ${title}`,
    '',
    `\`type: ${type}\`, ${sides}. URLs: ${schemes.map((scheme) => `\`${scheme}:\``).join(', ')}.`,
    '',
    `- Tested: ${tested.join(', ') || 'none'}`,
    `- Expected: ${expected.join(', ') || 'none'}`,
    '',
    ...FIELD_HEAD,
    ...fieldRows(settings),
    '',
  ];
}
