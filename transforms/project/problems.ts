import { type ErrorCode, type ErrorDetails, MillraceError, millraceError } from '../../connectors/contract/index.ts';

/** What is wrong in a project: every problem is found, not the first alone. */
export class Problems {
  readonly errors: MillraceError[] = [];
  /** What is read without its meaning, or is likely a slip. */
  readonly notes: MillraceError[] = [];

  add(code: ErrorCode, message: string, details: ErrorDetails = {}): void {
    this.errors.push(millraceError(code, message, details));
  }

  note(code: ErrorCode, message: string, details: ErrorDetails = {}): void {
    this.notes.push(millraceError(code, message, details));
  }

  /** What the work gives; undefined where it ends with an error of the user's, which is kept. */
  guard<Result>(work: () => Result): Result | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code === 'internal.unexpected') throw error;
      this.errors.push(error);
      return undefined;
    }
  }
}
