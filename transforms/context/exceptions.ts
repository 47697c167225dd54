import { millraceError } from '../../connectors/contract/index.ts';
import { BuiltinFunction, bind, type Kwargs, PyObject, type Value } from '../jinja/value/object.ts';
import { textOf } from '../jinja/value/text.ts';

export type Warn = (message: string) => void;

/** dbt's `exceptions`: ways for a macro to stop the node, or to warn, in its own words. */
export class Exceptions extends PyObject {
  readonly typeName = 'exceptions';
  readonly #warn: Warn;

  constructor(warn: Warn) {
    super();
    this.#warn = warn;
  }

  override attribute(name: string): Value | undefined {
    if (name === 'warn') {
      return new BuiltinFunction(name, (args, kwargs) => {
        this.#warn(textOf(bind(name, ['msg', 'node?'], args, kwargs)[0]!));
        return '';
      });
    }
    const message = Object.hasOwn(MESSAGES, name) ? MESSAGES[name] : undefined;
    if (message === undefined) return undefined;
    return new BuiltinFunction(name, (args, kwargs) => {
      throw millraceError('model.raised', message(args, kwargs));
    });
  }
}

type Message = (args: readonly Value[], kwargs: Kwargs) => string;

/** A message that is made of the arguments in their order. */
function told(parameters: readonly string[], make: (...texts: string[]) => string): Message {
  return (args, kwargs) => {
    const given = bind('exceptions', parameters, args, kwargs);
    return make(...given.map((value) => (value === undefined || value === null ? '' : textOf(value))));
  };
}

const own = told(['msg', 'node?'], (text) => text);

const MESSAGES: Readonly<Record<string, Message>> = {
  raise_compiler_error: own,
  raise_database_error: own,
  raise_parsing_error: own,
  raise_not_implemented: own,
  raise_fail_fast_error: own,
  missing_config: told(['model', 'name'], (_model, name) => `the config "${name}" is needed and not there`),
  missing_relation: told(['relation', 'model?'], (relation) => `the relation ${relation} is not there`),
  missing_materialization: told(
    ['model', 'materialization', 'adapter_type?'],
    (_model, name) => `there is no materialization "${name}" for this database`,
  ),
  relation_wrong_type: told(
    ['relation', 'expected_type', 'model?'],
    (relation, type) => `${relation} is there and is no ${type}; drop it, or run with --full-refresh`,
  ),
  ref_invalid_args: told(['model', 'args'], () => 'ref() takes the name of a model, or of a package and a model'),
  invalid_type_error: told(
    ['method_name', 'arg_name', 'got_value', 'expected_type'],
    (method, name, got, type) => `${method}: ${name} is ${type}, not ${got}`,
  ),
  column_type_missing: told(['column_names'], (names) => `a contract needs the \`data_type\` of ${names}`),
  raise_contract_error: told(
    ['yaml_columns', 'sql_columns'],
    (written, found) => `the contract says ${written}; the query gives ${found}`,
  ),
};
