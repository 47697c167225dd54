export { contextFunctions } from './run/context-functions.ts';
export type { Names } from './run/execution.ts';
export { Frame, type Limits, Returned } from './run/frame.ts';
export { namesOf } from './run/globals.ts';
export { LibraryMacro, type LibraryMacroOptions } from './run/library-macro.ts';
export { macroOf, type RenderOptions, Template, type TemplateOptions } from './run/template.ts';
export { type MacroCall, TemplateError, type TemplatePlace } from './run/template-error.ts';
export * from './value/object.ts';
