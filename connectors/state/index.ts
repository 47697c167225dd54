export { type KeptPosition, type KeptStream, LocalState, type RunRecord } from './local-state.ts';
export { FileRowStores } from './row-stores.ts';
