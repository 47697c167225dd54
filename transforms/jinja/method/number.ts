import { raised } from '../value/error.ts';
import { asBigint, bitLength, PyFloat, toInt } from '../value/number.ts';
import { positional, type Value } from '../value/object.ts';
import { Tuple } from '../value/tuple.ts';
import { type Method, methods } from './method.ts';

const simple = <Self>(name: string, make: (self: Self) => Value): Method<Self> => {
  return (self, args, kwargs) => {
    positional(name, 0, 0, args, kwargs);
    return make(self);
  };
};

export const intMethods = methods<number | bigint | boolean>({
  as_integer_ratio: simple('as_integer_ratio', (self) => new Tuple([toInt(asBigint(self)!), 1])),
  bit_count: simple('bit_count', (self) => bits(self).replaceAll('0', '').length),
  bit_length: simple('bit_length', (self) => (asBigint(self) === 0n ? 0 : bits(self).length)),
  conjugate: simple('conjugate', (self) => toInt(asBigint(self)!)),
  is_integer: simple('is_integer', () => true),
});

function bits(value: number | bigint | boolean): string {
  const int = asBigint(value)!;
  if (bitLength(int) > 1 << 20) throw raised('LimitError', 'an int of more than 1048576 bits');
  return (int < 0n ? -int : int).toString(2);
}

/** Attributes of ints, apart from methods. */
export function intAttribute(self: number | bigint | boolean, name: string): Value | undefined {
  const int = toInt(asBigint(self)!);
  if (name === 'real' || name === 'numerator') return int;
  return name === 'imag' ? 0 : name === 'denominator' ? 1 : undefined;
}

function ratio(self: PyFloat): Value {
  if (!Number.isFinite(self.value)) throw raised('OverflowError', 'cannot convert Infinity to integer ratio');
  let denominator = 1n;
  let value = self.value;
  while (!Number.isInteger(value)) {
    value *= 2;
    denominator *= 2n;
  }
  return new Tuple([toInt(BigInt(value)), toInt(denominator)]);
}

export const floatMethods = methods<PyFloat>({
  as_integer_ratio: simple('as_integer_ratio', ratio),
  conjugate: simple('conjugate', (self) => self),
  is_integer: simple('is_integer', (self) => Number.isInteger(self.value)),
});

export function floatAttribute(self: PyFloat, name: string): Value | undefined {
  if (name === 'real') return self;
  return name === 'imag' ? new PyFloat(0) : undefined;
}
