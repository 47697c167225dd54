import type { Finding } from '../../connectors/contract/index.ts';
import { paint, type Terminal, type Tone } from '../terminal.ts';
import { plural, printable } from './format.ts';

const MARKS: Readonly<Record<Finding['severity'], readonly [Tone, string]>> = {
  ok: ['green', 'ok  '],
  warning: ['yellow', 'warn'],
  error: ['red', 'FAIL'],
};

/** A finding in one line, its place and its mending below. */
export function findingText(terminal: Terminal, { severity, side, code, message, at, fix }: Finding): string {
  const [tone, word] = MARKS[severity];
  const where = at === undefined || message.includes(at) ? '' : `  (${printable(at)})`;
  const line = `  ${paint(terminal, tone, word)}  ${side.padEnd(11)}  ${code}  ${printable(message)}${where}`;
  return severity === 'ok' || fix === undefined ? line : `${line}\n        fix  ${printable(fix)}`;
}

/** `2 passed, 1 warning, 1 failed`. */
export function findingsSummary(findings: readonly Finding[]): string {
  const count = (severity: Finding['severity']) => findings.filter((finding) => finding.severity === severity).length;
  const [passed, warnings, failed] = [count('ok'), count('warning'), count('error')];
  return [`${passed} passed`, ...(warnings > 0 ? [plural(warnings, 'warning')] : []), `${failed} failed`].join(', ');
}
