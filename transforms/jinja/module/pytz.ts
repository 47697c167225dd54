import { PyDateTime } from '../value/datetime.ts';
import { typeError, valueError } from '../value/error.ts';
import { BuiltinFunction, bind, type Kwargs, type Value } from '../value/object.ts';
import { textOf } from '../value/text.ts';
import { PyTime } from '../value/time.ts';
import { FixedZone, NamedZone, type Zone } from '../value/zone.ts';
import { Module } from './module.ts';

/** `zone.localize(moment)`: the clocks of the moment are those of the zone. */
function localize(zone: Zone): Value {
  return new BuiltinFunction('localize', (args: readonly Value[], kwargs: Kwargs) => {
    const [moment] = bind('localize', ['dt', 'is_dst?'], args, kwargs);
    if (!(moment instanceof PyDateTime)) throw typeError('localize() takes a datetime');
    if (moment.zone !== undefined) throw valueError('Not naive datetime (tzinfo is already set)');
    const { hour, minute, second, microsecond } = moment;
    return new PyDateTime(moment, new PyTime(hour, minute, second, microsecond, zone));
  });
}

/** `zone.normalize(moment)`: the same time by the zone's clocks. */
function normalize(zone: Zone): Value {
  return new BuiltinFunction('normalize', (args, kwargs) => {
    const [moment] = bind('normalize', ['dt'], args, kwargs);
    if (!(moment instanceof PyDateTime) || moment.zone === undefined) throw valueError('Naive time - no tzinfo set');
    return PyDateTime.ofUtc(moment.utc(), zone);
  });
}

class PytzZone extends NamedZone {
  override attribute(name: string): Value | undefined {
    if (name === 'localize') return localize(this);
    return name === 'normalize' ? normalize(this) : super.attribute(name);
  }
}

class PytzUtc extends FixedZone {
  constructor() {
    super('UTC', 0, '<UTC>');
  }

  override attribute(name: string): Value | undefined {
    if (name === 'localize') return localize(this);
    return name === 'normalize' ? normalize(this) : super.attribute(name);
  }
}

const utc = new PytzUtc();

const timezone = new BuiltinFunction('timezone', (args, kwargs) => {
  const name = textOf(bind('timezone', ['zone'], args, kwargs)[0]!);
  return name.toUpperCase() === 'UTC' ? utc : new PytzZone(name);
});

/** What of `pytz` templates use. */
export const pytzModule = new Module(
  new Map<string, Value>([
    ['timezone', timezone],
    ['utc', utc],
    ['UTC', utc],
    ['all_timezones', Intl.supportedValuesOf('timeZone')],
    ['common_timezones', Intl.supportedValuesOf('timeZone')],
  ]),
);
