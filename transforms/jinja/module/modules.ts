import { datetimeModule } from './datetime.ts';
import { itertoolsModule } from './itertools.ts';
import { Module } from './module.ts';
import { pytzModule } from './pytz.ts';
import { reModule } from './re.ts';

/** dbt's `modules`: what templates may use of Python's own. */
export const modules = new Module(
  new Map([
    ['datetime', datetimeModule],
    ['itertools', itertoolsModule],
    ['pytz', pytzModule],
    ['re', reModule],
  ]),
);
