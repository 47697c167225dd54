export { type KeptPosition, LocalState, type RunRecord } from './local-state.ts';
