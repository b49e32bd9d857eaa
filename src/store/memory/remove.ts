import { isRunFinal } from '../../engine/lifecycle.ts';
import type { State } from './state.ts';

/** STORE-8 */
export function removeRuns(state: State, runs: readonly string[]): number {
  let removed = 0;
  for (const run of new Set(runs)) {
    const stream = state.streams.get(run);
    if (!stream?.run || !isRunFinal(stream.run.status)) continue;
    if (stream.entries.some(({ position }) => position >= state.treeSize)) continue;
    for (const { position } of stream.entries) state.entries[position] = null;
    for (const { row } of stream.tasks) state.tasks.delete(row.id);
    state.streams.delete(run);
    removed += 1;
  }
  return removed;
}
