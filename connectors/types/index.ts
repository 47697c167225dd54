export { bitNumber } from './bit.ts';
export { typeTableMarkdown } from './document.ts';
export type { Form, TicdcParameters } from './family.ts';
export type { Dialect, NativeColumn, Selection, Value } from './native.ts';
export { flowingColumn, requestedColumns } from './requested.ts';
export {
  avroForm,
  canonicalSql,
  ddlType,
  keyset,
  literalSql,
  loadCharset,
  loadSql,
  parseType,
  sameType,
  selectSql,
  targetType,
  ticdcParameters,
  widens,
} from './table.ts';
