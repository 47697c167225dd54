import { type MillraceError, millraceError } from '../../connectors/contract/index.ts';

export type Path = readonly (string | number)[];

/** Something wrong in a file. `line` and `col` count from 1. */
export interface Problem {
  readonly path: Path;
  readonly message: string;
  readonly line: number;
  readonly col: number;
}

/** All problems of a file as one error, in the order of the file. */
export function problemsError(file: string, problems: readonly Problem[]): MillraceError {
  const sorted = [...problems].sort((a, b) => a.line - b.line || a.col - b.col);
  const at = `${file}:${sorted[0]!.line}:${sorted[0]!.col}`;
  if (sorted.length === 1) return millraceError('config.invalid', problemText(sorted[0]!), { at });
  const lines = sorted.map((problem) => `\n  ${file}:${problem.line}:${problem.col}  ${problemText(problem)}`);
  return millraceError('config.invalid', `${sorted.length} problems${lines.join('')}`, { at });
}

function problemText({ path, message }: Problem): string {
  return path.length === 0 ? message : `${pathText(path)}: ${message}`;
}

/** `pipelines.shop.streams[0].read`. */
export function pathText(path: Path): string {
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('');
}
