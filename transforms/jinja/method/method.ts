import type { Caller, Kwargs, Value } from '../value/object.ts';

/** A method of a built-in type. */
export type Method<Self> = (self: Self, args: readonly Value[], kwargs: Kwargs, caller: Caller) => Value;

export type Methods<Self> = ReadonlyMap<string, Method<Self>>;

export function methods<Self>(table: Readonly<Record<string, Method<Self>>>): Methods<Self> {
  return new Map(Object.entries(table));
}
