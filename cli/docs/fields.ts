/** The parts of a JSON Schema that the references show. */
export interface Field {
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

export const FIELD_HEAD = ['| setting | value | default | |', '| --- | --- | --- | --- |'];

/** Table rows of an object's settings, those of objects inside it as `outer.inner`. */
export function fieldRows({ properties = {}, required = [] }: Field, prefix = ''): string[] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const fallback =
      field.default === undefined
        ? required.includes(name)
          ? 'required'
          : ''
        : `\`${JSON.stringify(field.default)}\``;
    const text = (field.description ?? '').replaceAll('|', '\\|');
    const row = `| \`${prefix}${name}\` | ${valueText(field)} | ${fallback} | ${text} |`;
    return [row, ...(field.type === 'object' ? fieldRows(field, `${prefix}${name}.`) : [])];
  });
}

function valueText(field: Field): string {
  if (field.const !== undefined) return `\`${field.const}\``;
  if (field.enum !== undefined) return field.enum.map((value) => `\`${value}\``).join(', ');
  if (field.anyOf !== undefined) return field.anyOf.map(valueText).join(' or ');
  if (field.type === 'array') return `list of ${field.items === undefined ? 'values' : valueText(field.items)}`;
  if (field.type === 'object') return objectText(field);
  return SCALARS[field.type ?? ''] ?? field.type ?? 'any';
}

const SCALARS: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true, false',
};

function objectText({ properties, additionalProperties }: Field): string {
  const names = Object.keys(properties ?? {});
  if (names.length > 4) return 'settings';
  if (names.length > 0) return `\`{ ${names.join(', ')} }\``;
  return typeof additionalProperties === 'object' ? `a name for each ${valueText(additionalProperties)}` : 'settings';
}
