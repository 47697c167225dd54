/** Something that is measured cannot be had on this machine. The reason is for a person to read. */
export class CannotMeasure extends Error {
  override readonly name = 'CannotMeasure';
}
