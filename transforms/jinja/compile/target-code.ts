import type { Statement, Target } from './ast.ts';
import type { Scope } from './scope.ts';
import type { Place, Unit } from './unit.ts';

/** Writes the code of statements; handed to what statements contain. */
export type StatementsCode = (unit: Unit, place: Place, statements: readonly Statement[]) => void;

/** Adds JS text, or in a native template a JS value, to the output. */
export function write(place: Place, value: string): string {
  return place.values ? `${place.buffer}.push(${value});` : `${place.buffer} += ${value};`;
}

/** The JS expression or statement that assigns to a target; names in a tuple are taken one by one. */
export function assignment(unit: Unit, place: Place, target: Target, value: string): string {
  if (target.kind === 'name') return `${place.scope.variable(target.name, target.line)} = ${value}`;
  if (target.kind === 'namespace') {
    const variable = place.scope.variable(target.name, target.line);
    return `${unit.helper('setNamespace')}(${variable}, ${JSON.stringify(target.attribute)}, ${value})`;
  }
  const items = unit.temporary();
  const parts = target.items.map((item, at) => assignment(unit, place, item as Target, `${items}[${at}]`));
  return [`${items} = ${unit.helper('unpack')}(${value}, ${target.items.length})`, ...parts].join('; ');
}

/** What is set at the top of a template can be read by its blocks, and by whoever has the template as a module. */
export function exported(unit: Unit, place: Place, target: Target): void {
  if (!place.toplevel || target.kind === 'namespace') return;
  if (target.kind === 'name') {
    const name = JSON.stringify(target.name);
    unit.emit(`X.vars.set(${name}, ${place.scope.variable(target.name, target.line)});`);
  } else for (const item of target.items) exported(unit, place, item as Target);
}

/** Declares the variables of a scope as they begin. Parameters of a function are declared already. */
export function enter(unit: Unit, scope: Scope, parametersAreThere = false): void {
  for (const [variable, beginning] of scope.beginnings) {
    if (beginning.kind === 'resolve') unit.emit(`let ${variable} = X.resolve(${JSON.stringify(beginning.name)});`);
    else if (beginning.kind === 'alias') unit.emit(`let ${variable} = ${beginning.of};`);
    else if (beginning.kind === 'nothing' || !parametersAreThere) unit.emit(`let ${variable};`);
  }
}
