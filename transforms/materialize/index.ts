/** What a node of a project becomes in the database. */
export type * from './build.ts';
export { buildIncremental } from './incremental.ts';
export { buildSeed, type SeedBuild } from './seed.ts';
export { buildSnapshot } from './snapshot.ts';
export { type BuildOptions, buildTable } from './table.ts';
export { buildView } from './view.ts';
