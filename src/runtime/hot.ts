import type { Graph } from '../definition/index.ts';
import { evolve, isRunFinal, type DefinitionRef, type RunState } from '../engine/index.ts';
import type { NewEntry, Store } from '../store/index.ts';
import type { ChangeBuilder } from './change.ts';
import { readEvent, type Head } from './entries.ts';
import { runRow, shownOf } from './rows.ts';

/** A run as it is now, with the definition that it keeps to. */
export interface RunNow {
  readonly state: RunState;
  readonly graph: Graph;
}

/** A run in memory. */
export interface Hot extends RunNow {
  state: RunState;
  head: Head;
  /** What lists show of it, as its row says; empty when that is not known. */
  shown: string;
  /** How many entries it was brought forward by that others have appended. */
  followed: number;
  snapshotAt: number;
  /** Bytes of the last snapshot, and of the entries since. */
  snapshotBytes: number;
  bytesSince: number;
  /** What it counts for among the runs in memory. */
  weight: number;
}

export const newHot = (graph: Graph, state: RunState, head: Head): Hot => ({
  graph,
  state,
  head,
  shown: '',
  followed: 0,
  snapshotAt: 0,
  snapshotBytes: 0,
  bytesSince: 0,
  weight: 0,
});

/** From its last snapshot and the entries since, as one moment had it; null when there is none, and for a stream that is no run's. */
export async function readHot(
  store: Store,
  run: string,
  graphOf: (definition: DefinitionRef) => Promise<Graph>,
): Promise<Hot | null> {
  const stored = await store.loadRun(run);
  if (!stored) return null;
  const { snapshot, entries } = stored;
  let state = snapshot ? (JSON.parse(snapshot.state) as RunState) : null;
  let bytesSince = 0;
  for (const { text } of entries) {
    const event = readEvent(text);
    if (!state && event.type !== 'run.created') return null;
    state = evolve(state, event);
    bytesSince += text.length;
  }
  const last = entries.at(-1) ?? (await store.lastEntry(run));
  if (!state || !last) return null;
  // Behind a snapshot the end is asked for by itself, and another node may have gone on meanwhile.
  if (last.sequence !== state.sequence) return readHot(store, run, graphOf);
  const hot = newHot(await graphOf(state.definition), state, { sequence: last.sequence, hash: last.hash });
  if (snapshot) Object.assign(hot, { snapshotAt: snapshot.sequence, snapshotBytes: snapshot.state.length });
  hot.bytesSince = bytesSince;
  return hot;
}

/** Brings it forward by entries that somebody else has appended, the next one first. */
export function advance(hot: Hot, entries: readonly NewEntry[]): void {
  for (const { text, sequence, hash } of entries) {
    hot.state = evolve(hot.state, readEvent(text));
    hot.bytesSince += text.length;
    hot.head = { sequence, hash };
  }
  hot.followed += entries.length;
  hot.shown = '';
}

/** A run is written down whole when its entries since the last time outweigh it by this much: O(1) per event. */
const SNAPSHOT_FACTOR = 4;
const SNAPSHOT_EVENTS = 500;

/** With the change goes what lists show of the run, where that has changed, and all of its state, where that is due. */
export function writeDown(change: ChangeBuilder, hot: Hot): void {
  const { state } = hot;
  const shown = shownOf(state);
  if (shown !== hot.shown) change.run = runRow(state);
  hot.shown = shown;
  const due =
    state.sequence - hot.snapshotAt >= SNAPSHOT_EVENTS &&
    hot.bytesSince >= SNAPSHOT_FACTOR * hot.snapshotBytes;
  if (!due || isRunFinal(state.status)) return;
  const text = JSON.stringify(state);
  change.snapshot = { sequence: state.sequence, state: text };
  Object.assign(hot, { snapshotAt: state.sequence, snapshotBytes: text.length, bytesSince: 0 });
}
