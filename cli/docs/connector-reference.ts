import { z } from 'zod';
import type { Connector } from '../../connectors/contract/index.ts';
import { legalModes } from '../../connectors/sync/index.ts';

interface Field {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Field[];
  readonly items?: Field;
  readonly properties?: Readonly<Record<string, Field>>;
  readonly additionalProperties?: Field | boolean;
  readonly required?: readonly string[];
}

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
  const sides = [source && 'source', destination && 'destination'].filter((side) => side !== undefined).join(' and ');
  return [
    `## ${title}`,
    '',
    `\`type: ${type}\`, ${sides}. URLs: ${schemes.map((scheme) => `\`${scheme}:\``).join(', ')}.`,
    '',
    `- Tested: ${tested.join(', ') || 'none'}`,
    `- Expected: ${expected.join(', ') || 'none'}`,
    '',
    '| setting | value | default | |',
    '| --- | --- | --- | --- |',
    ...fieldRows(z.toJSONSchema(config, { io: 'input', unrepresentable: 'any' }) as Field),
    '',
  ];
}

function fieldRows({ properties = {}, required = [] }: Field): string[] {
  return Object.entries(properties)
    .filter(([name]) => name !== 'type')
    .map(([name, field]) => {
      const fallback =
        field.default === undefined
          ? required.includes(name)
            ? 'required'
            : ''
          : `\`${JSON.stringify(field.default)}\``;
      return `| \`${name}\` | ${valueText(field)} | ${fallback} | ${(field.description ?? '').replaceAll('|', '\\|')} |`;
    });
}

function valueText(field: Field): string {
  if (field.const !== undefined) return `\`${field.const}\``;
  if (field.enum !== undefined) return field.enum.map((value) => `\`${value}\``).join(', ');
  if (field.anyOf !== undefined) return field.anyOf.map(valueText).join(' or ');
  if (field.type === 'array') return `list of ${field.items === undefined ? 'values' : valueText(field.items)}`;
  if (field.type === 'object' && field.properties !== undefined)
    return `\`{ ${Object.keys(field.properties).join(', ')} }\``;
  return (
    { string: 'text', integer: 'whole number', number: 'number', boolean: 'true, false' }[field.type ?? ''] ??
    field.type ??
    'any'
  );
}
