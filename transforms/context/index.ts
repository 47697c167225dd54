export { ColumnObject } from './column.ts';
export { Compilation, type CompiledNode, compileNode, type DatabaseAccess } from './compilation.ts';
export type { ContextFacts, Invocation } from './context-facts.ts';
export { Engine } from './engine.ts';
export { RelationObject } from './relation.ts';
export { RunContext } from './run-context.ts';
export { type RenderRequest, RenderSession, type SessionOptions } from './session.ts';
export { TableObject } from './table.ts';
export { dictOf, fromTemplate, toTemplate } from './value.ts';
