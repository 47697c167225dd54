import { connectors } from '../../connectors/registry.ts';
import type { Outcome } from '../command.ts';
import { projectJsonSchema } from '../config/schema.ts';
import { EXIT } from '../exit.ts';

/** `millrace config schema`: for editors and other programs. */
export async function run(): Promise<Outcome> {
  const schema = projectJsonSchema(connectors);
  return { exit: EXIT.ok, summary: '', result: schema, report: JSON.stringify(schema, null, 2) };
}
