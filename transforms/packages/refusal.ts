import { millraceError } from '../../connectors/contract/index.ts';
import type { PackageSpec } from '../project/package-list.ts';
import { textOf } from '../project/python-text.ts';

/** As it is written, for messages: templates may bring secrets into the address (invariant 10). */
export function addressOf({ kind, written, what }: PackageSpec): string {
  return textOf(written.get(kind === 'hub' ? 'package' : kind) ?? what);
}

export function refusal(spec: PackageSpec, message: string, details: { fix?: string } = {}): Error {
  return millraceError('project.package', message, { at: spec.entry.at(), ...details });
}
