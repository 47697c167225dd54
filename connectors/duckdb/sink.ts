import { type DuckDBDecimalType, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import type { Sink } from './sink-form.ts';
import { booleanSink, decimalSink, floatSink, integerSink } from './sink-number.ts';
import { dateSink, timeSink, timestampSink } from './sink-temporal.ts';
import { blobSink, listSink, stringSink, uuidSink } from './sink-text.ts';
import type { TextHeap } from './vector.ts';

const sinks: Partial<Record<DuckDBTypeId, (type: DuckDBType, heap: TextHeap) => Sink>> = {
  [DuckDBTypeId.BOOLEAN]: booleanSink,
  [DuckDBTypeId.TINYINT]: () => integerSink(8, false),
  [DuckDBTypeId.SMALLINT]: () => integerSink(16, false),
  [DuckDBTypeId.INTEGER]: () => integerSink(32, false),
  [DuckDBTypeId.BIGINT]: () => integerSink(64, false),
  [DuckDBTypeId.HUGEINT]: () => integerSink(128, false),
  [DuckDBTypeId.UTINYINT]: () => integerSink(8, true),
  [DuckDBTypeId.USMALLINT]: () => integerSink(16, true),
  [DuckDBTypeId.UINTEGER]: () => integerSink(32, true),
  [DuckDBTypeId.UBIGINT]: () => integerSink(64, true),
  [DuckDBTypeId.UHUGEINT]: () => integerSink(128, true),
  [DuckDBTypeId.DECIMAL]: (type) => decimalSink(type as DuckDBDecimalType),
  [DuckDBTypeId.FLOAT]: () => floatSink(4),
  [DuckDBTypeId.DOUBLE]: () => floatSink(8),
  [DuckDBTypeId.DATE]: dateSink,
  [DuckDBTypeId.TIME]: timeSink,
  [DuckDBTypeId.TIMESTAMP]: timestampSink,
  [DuckDBTypeId.TIMESTAMP_TZ]: timestampSink,
  [DuckDBTypeId.VARCHAR]: (type, heap) => stringSink(heap, type.alias === 'JSON'),
  [DuckDBTypeId.BLOB]: (_, heap) => blobSink(heap),
  [DuckDBTypeId.LIST]: listSink,
  [DuckDBTypeId.UUID]: uuidSink,
};

/** The sink of a column of this DuckDB type; undefined for types that are never written (LIST, STRUCT, ...). */
export function sinkOf(type: DuckDBType, heap: TextHeap): Sink | undefined {
  if (type.typeId === DuckDBTypeId.LIST && String(type) !== 'FLOAT[]') return undefined;
  return sinks[type.typeId]?.(type, heap);
}
