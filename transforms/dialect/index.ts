export { type AdaptOptions, adaptSql, type Dialect, dialects, type ModelServer } from './adapt.ts';
export { sessionSettings, sqlMode } from './session.ts';
export { statementsOf } from './statement.ts';
