import { checkList, checkText, raised, typeError } from './error.ts';
import { asBigint, asNumber, bitLength, PyFloat, toInt } from './number.ts';
import { type BinaryOperator, PyObject, typeName, unsupported, type Value } from './object.ts';
import { percent } from './percent.ts';
import { isRepeatable, times, timesText } from './repeat.ts';

/** Python's `+`. @throws Raised TypeError */
export function add(left: Value, right: Value): Value {
  if (typeof left === 'number' && typeof right === 'number') {
    const sum = left + right;
    return Number.isSafeInteger(sum) ? sum : toInt(BigInt(left) + BigInt(right));
  }
  if (typeof left === 'string' && typeof right === 'string') {
    checkText(left.length + right.length);
    return left + right;
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    checkList(left.length + right.length);
    return [...left, ...right];
  }
  return arithmetic('+', left, right);
}

export function subtract(left: Value, right: Value): Value {
  return arithmetic('-', left, right);
}

export function multiply(left: Value, right: Value): Value {
  if (typeof left === 'string' && isRepeatable(right)) return timesText(left, right);
  if (typeof right === 'string' && isRepeatable(left)) return timesText(right, left);
  if (Array.isArray(left) && isRepeatable(right)) return times(left, right);
  if (Array.isArray(right) && isRepeatable(left)) return times(right, left);
  return arithmetic('*', left, right);
}

export function divide(left: Value, right: Value): Value {
  return arithmetic('/', left, right);
}

export function floorDivide(left: Value, right: Value): Value {
  return arithmetic('//', left, right);
}

/** Python's `%`: the rest of a division, or a text filled by printf's rules. */
export function modulo(left: Value, right: Value): Value {
  return typeof left === 'string' ? percent(left, right) : arithmetic('%', left, right);
}

export function power(left: Value, right: Value): Value {
  return arithmetic('**', left, right);
}

export function negative(value: Value): Value {
  if (typeof value === 'number') return value === 0 ? 0 : -value;
  if (typeof value === 'boolean') return value ? -1 : 0;
  if (typeof value === 'bigint') return toInt(-value);
  if (value instanceof PyFloat) return new PyFloat(-value.value);
  if (value instanceof PyObject) return value.negative();
  throw typeError(`bad operand type for unary -: '${typeName(value)}'`);
}

export function positive(value: Value): Value {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number' || typeof value === 'bigint' || value instanceof PyFloat) return value;
  if (value instanceof PyObject) {
    value.negative();
    return value;
  }
  throw typeError(`bad operand type for unary +: '${typeName(value)}'`);
}

function arithmetic(operator: BinaryOperator, left: Value, right: Value): Value {
  const a = asBigint(left);
  const b = asBigint(right);
  if (a !== undefined && b !== undefined) return ofInts(operator, a, b);
  const x = asNumber(left);
  const y = asNumber(right);
  if (x !== undefined && y !== undefined) return ofFloats(operator, exactFloat(left, x), exactFloat(right, y));
  const answer = left instanceof PyObject ? left.binary(operator, right, false) : undefined;
  if (answer !== undefined) return answer;
  const turned = right instanceof PyObject ? right.binary(operator, left, true) : undefined;
  if (turned !== undefined) return turned;
  throw refused(operator, left, right);
}

function refused(operator: BinaryOperator, left: Value, right: Value): Error {
  if (operator === '+' && (typeof left === 'string' || Array.isArray(left))) {
    const [what, name] = typeof left === 'string' ? ['str', 'str'] : ['list', 'list'];
    return typeError(`can only concatenate ${what} (not "${typeName(right)}") to ${name}`);
  }
  return unsupported(operator === '**' ? '** or pow()' : operator, left, right);
}

/** An int too large for a float is refused, where JS would make it infinite. */
function exactFloat(value: Value, number: number): number {
  if (typeof value === 'bigint' && !Number.isFinite(number)) {
    throw raised('OverflowError', 'int too large to convert to float');
  }
  return number;
}

function ofInts(operator: BinaryOperator, a: bigint, b: bigint): Value {
  switch (operator) {
    case '+':
      return toInt(a + b);
    case '-':
      return toInt(a - b);
    case '*':
      checkBits(bitLength(a) + bitLength(b));
      return toInt(a * b);
    case '/':
      if (b === 0n) throw raised('ZeroDivisionError', 'division by zero');
      return new PyFloat(quotient(a, b));
    case '//':
      if (b === 0n) throw raised('ZeroDivisionError', 'integer division or modulo by zero');
      return toInt(floored(a, b));
    case '%':
      if (b === 0n) throw raised('ZeroDivisionError', 'integer modulo by zero');
      return toInt(a - floored(a, b) * b);
    case '**':
      return intPower(a, b);
    case '|':
      return toInt(a | b);
    case '&':
      return toInt(a & b);
    default:
      return toInt(a ^ b);
  }
}

function floored(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

/** The float nearest to a quotient of ints of any size. */
function quotient(a: bigint, b: bigint): number {
  const x = Number(a);
  const y = Number(b);
  if (Number.isSafeInteger(x) && Number.isSafeInteger(y)) return x / y;
  const negative = a < 0n !== b < 0n;
  const [n, d] = [a < 0n ? -a : a, b < 0n ? -b : b];
  // Scaled so that the whole part has 66 bits or more: what is cut off is remembered in the lowest one, so that rounding is exact.
  const shift = BigInt(Math.max(-4000, n.toString(2).length - d.toString(2).length - 66));
  const [top, bottom] = shift >= 0n ? [n, d << shift] : [n << -shift, d];
  const whole = top / bottom;
  const sticky = top % bottom === 0n ? whole : whole | 1n;
  const size = scaled(sticky, Number(shift));
  if (!Number.isFinite(size)) throw raised('OverflowError', 'integer division result too large for a float');
  return negative ? -size : size;
}

function scaled(whole: bigint, shift: number): number {
  const half = Math.trunc(shift / 2);
  return Number(whole) * 2 ** half * 2 ** (shift - half);
}

function checkBits(bits: number): void {
  if (bits > MOST_BITS) throw raised('LimitError', `an int of more than ${MOST_BITS} bits`);
}

/** Larger ints would only burn time: their text is refused from 4300 digits on. */
const MOST_BITS = 1 << 20;

function intPower(a: bigint, b: bigint): Value {
  if (b < 0n) {
    if (a === 0n) throw raised('ZeroDivisionError', '0.0 cannot be raised to a negative power');
    return ofFloats('**', Number(a), Number(b));
  }
  if (a > 1n || a < -1n) checkBits(bitLength(a) * Number(b));
  return toInt(a ** (a >= -1n && a <= 1n ? (b === 0n ? 0n : 2n - (b % 2n)) : b));
}

function ofFloats(operator: BinaryOperator, x: number, y: number): Value {
  switch (operator) {
    case '+':
      return new PyFloat(x + y);
    case '-':
      return new PyFloat(x - y);
    case '*':
      return new PyFloat(x * y);
    case '/':
      if (y === 0) throw raised('ZeroDivisionError', 'float division by zero');
      return new PyFloat(x / y);
    case '//':
      if (y === 0) throw raised('ZeroDivisionError', 'float floor division by zero');
      return new PyFloat(floatFloor(x, y));
    case '%':
      if (y === 0) throw raised('ZeroDivisionError', 'float modulo');
      return new PyFloat(floatRest(x, y));
    case '**':
      return floatPower(x, y);
    default:
      throw unsupported(operator, new PyFloat(x), new PyFloat(y));
  }
}

function floatRest(x: number, y: number): number {
  if (Number.isFinite(x) && !Number.isFinite(y) && !Number.isNaN(y)) return x === 0 || x > 0 === y > 0 ? x : y;
  const rest = x % y;
  if (rest === 0) return y < 0 ? -0 : 0;
  return rest < 0 !== y < 0 ? rest + y : rest;
}

function floatFloor(x: number, y: number): number {
  const rest = x % y;
  const whole = (x - rest) / y;
  if (Number.isNaN(whole)) return whole;
  const floor = rest !== 0 && rest < 0 !== y < 0 ? whole - 1 : whole;
  if (floor === 0) return x / y < 0 || Object.is(x / y, -0) ? -0 : 0;
  const near = Math.floor(floor);
  return floor - near > 0.5 ? near + 1 : near;
}

function floatPower(x: number, y: number): Value {
  if (x === 0 && y < 0) throw raised('ZeroDivisionError', '0.0 cannot be raised to a negative power');
  if (x < 0 && Number.isFinite(x) && Number.isFinite(y) && !Number.isInteger(y)) {
    throw raised('LimitError', 'complex numbers are not supported: a negative number to a fractional power');
  }
  if (x === 1 || (x === -1 && !Number.isFinite(y) && !Number.isNaN(y))) return new PyFloat(1);
  const result = x ** y;
  if (!Number.isFinite(result) && Number.isFinite(x) && Number.isFinite(y)) {
    throw raised('OverflowError', "(34, 'Numerical result out of range')");
  }
  return new PyFloat(result);
}
