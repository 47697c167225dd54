/** A number by its digits: `1`, `1.00` and `1e0` are the same one. */
export interface ExactNumber {
  /** Digits without zeros at either end; empty for zero. */
  readonly digits: string;
  readonly negative: boolean;
  /** How many of the digits stand behind the point; below zero where zeros follow them. */
  readonly scale: number;
}

const NUMBER = /^\s*([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d+))?\s*$/;

/** Undefined for what is no number. */
export function exactNumber(text: string): ExactNumber | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  if (whole + fraction === '') return undefined;
  const all = (whole + fraction).replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  if (digits === '') return { digits, negative: false, scale: 0 };
  const scale = fraction.length - Number(exponent) - (all.length - digits.length);
  return { digits, negative: sign === '-', scale };
}

/** The same for equal numbers. */
export function numberKey({ digits, negative, scale }: ExactNumber): string {
  return `${negative ? '-' : ''}${digits}e${-scale}`;
}
