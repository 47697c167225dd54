import * as arithmetic from '../value/arithmetic.ts';
import { truth } from '../value/compare.ts';
import { isRaised, raised, typeError } from '../value/error.ts';
import {
  asBigint,
  asNumber,
  exactFixed,
  PyFloat,
  parseFloatText,
  parseInteger,
  roundFloat,
  toInt,
  truncated,
} from '../value/number.ts';
import { bind, PyObject, toIndex, typeName, type Value } from '../value/object.ts';
import { Undefined } from '../value/undefined.ts';
import { argumentError, type Filter, textIn } from './filter.ts';

/** Decimals and the like say how they round and what they are as a float or int. */
export interface Numeric {
  absolute(): Value;
  rounded(places: number | null): Value;
  whole(): Value;
  float(): number;
}

function isNumericObject(value: Value): value is Value & Numeric {
  return value instanceof PyObject && 'rounded' in value;
}

/** `int(value)`. @throws Raised TypeError or ValueError */
export function toInteger(value: Value, base = 10): Value {
  const text = textIn(value);
  if (text !== undefined) return parseInteger(text, base);
  const int = asBigint(value);
  if (int !== undefined) return toInt(int);
  if (value instanceof PyFloat) return truncated(value.value);
  if (value instanceof Undefined) throw value.failure();
  if (isNumericObject(value)) return value.whole();
  throw typeError(`int() argument must be a string, a bytes-like object or a real number, not '${typeName(value)}'`);
}

/** `float(value)`. @throws Raised TypeError or ValueError */
export function toFloat(value: Value): number {
  const text = textIn(value);
  if (text !== undefined) return parseFloatText(text);
  const number = asNumber(value);
  if (number !== undefined) {
    if (!(value instanceof PyFloat) && !Number.isFinite(number)) {
      throw raised('OverflowError', 'int too large to convert to float');
    }
    return number;
  }
  if (value instanceof Undefined) throw value.failure();
  if (isNumericObject(value)) return value.float();
  throw typeError(`float() argument must be a string or a real number, not '${typeName(value)}'`);
}

const int: Filter = (_X, value, args, kwargs) => {
  const [otherwise = 0, base = 10] = bind('int', ['default?', 'base?'], args, kwargs);
  try {
    return toInteger(value, toIndex(base));
  } catch (first) {
    if (!isRaised(first, 'TypeError', 'ValueError')) throw first;
  }
  try {
    return truncated(toFloat(value));
  } catch (second) {
    if (!isRaised(second, 'TypeError', 'ValueError', 'OverflowError')) throw second;
    return otherwise;
  }
};

const float: Filter = (_X, value, args, kwargs) => {
  const [otherwise = new PyFloat(0)] = bind('float', ['default?'], args, kwargs);
  try {
    return new PyFloat(toFloat(value));
  } catch (thrown) {
    if (!isRaised(thrown, 'TypeError', 'ValueError')) throw thrown;
    return otherwise;
  }
};

/** `abs(value)`. */
const abs: Filter = (_X, value) => {
  if (value instanceof PyFloat) return new PyFloat(Math.abs(value.value));
  const whole = asBigint(value);
  if (whole !== undefined) return toInt(whole < 0n ? -whole : whole);
  if (isNumericObject(value)) return value.absolute();
  throw typeError(`bad operand type for abs(): '${typeName(value)}'`);
};

const round: Filter = (_X, value, args, kwargs) => {
  const [precision = 0, method = 'common'] = bind('round', ['precision?', 'method?'], args, kwargs);
  const how = textIn(method);
  if (how !== 'common' && how !== 'ceil' && how !== 'floor') {
    throw argumentError('method must be common, ceil or floor');
  }
  if (how === 'common') return rounded(value, precision);
  const unit = arithmetic.power(10, precision);
  const scaled = arithmetic.multiply(value, unit);
  return arithmetic.divide(edge(scaled, how), unit);
};

/** `math.ceil` or `math.floor`. */
function edge(value: Value, how: 'ceil' | 'floor'): Value {
  if (value instanceof PyFloat) return truncated(Math[how](value.value));
  if (isNumericObject(value)) {
    const whole = arithmetic.floorDivide(value, 1);
    const floor = toInteger(whole);
    const exact = truth(arithmetic.subtract(value, floor)) === false;
    const down =
      truth(arithmetic.subtract(value, floor)) && asNumber(toInteger(value))! > value.float() - 1 && value.float() < 0;
    const base = down ? arithmetic.subtract(floor, 1) : floor;
    return how === 'floor' || exact ? base : arithmetic.add(base, 1);
  }
  const whole = asBigint(value);
  if (whole === undefined) throw typeError(`must be real number, not ${typeName(value)}`);
  return toInt(whole);
}

/** `round(value, precision)`: half to even. */
export function rounded(value: Value, precision: Value): Value {
  if (isNumericObject(value)) return value.rounded(precision === null ? null : toIndex(precision));
  if (value instanceof PyFloat) {
    if (precision === null) return truncated(Number(exactFixed(value.value, 0)));
    return new PyFloat(roundFloat(value.value, toIndex(precision)));
  }
  const whole = asBigint(value);
  if (whole === undefined) {
    if (value instanceof Undefined) throw typeError("type Undefined doesn't define __round__ method");
    throw typeError(`type ${typeName(value)} doesn't define __round__ method`);
  }
  const places = precision === null ? 0 : toIndex(precision);
  if (places >= 0) return toInt(whole);
  if (places < -5000) return 0;
  const unit = 10n ** BigInt(-places);
  const rest = ((whole % unit) + unit) % unit;
  const low = whole - rest;
  const up = rest * 2n > unit || (rest * 2n === unit && (low / unit) % 2n !== 0n);
  return toInt(up ? low + unit : low);
}

const SIZES = {
  decimal: ['kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB'],
  binary: ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB', 'ZiB', 'YiB'],
};

const filesizeformat: Filter = (_X, value, args, kwargs) => {
  const [binary = false] = bind('filesizeformat', ['binary?'], args, kwargs);
  const bytes = toFloat(value);
  const base = truth(binary) ? 1024 : 1000;
  if (bytes === 1) return '1 Byte';
  if (bytes < base) return `${textOfWhole(bytes)} Bytes`;
  const names = truth(binary) ? SIZES.binary : SIZES.decimal;
  const found = names.findIndex((_name, at) => bytes < base ** (at + 2));
  const at = found < 0 ? names.length - 1 : found;
  return `${exactFixed((base * bytes) / base ** (at + 2), 1)} ${names[at]}`;
};

function textOfWhole(value: number): string {
  return String(truncated(value));
}

export const numberFilters: Readonly<Record<string, Filter>> = { abs, filesizeformat, float, int, round };
