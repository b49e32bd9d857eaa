export * from './graph.ts';
export { checkState, History, traceOf } from './invariants.ts';
export { actor, MONDAY, play, Play } from './play.ts';
