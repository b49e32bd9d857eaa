import type { RunRow } from '../port.ts';

/** What a write has to know of a stream: its number, where its chain is, and which indexed columns its run's row has. */
export interface Stream {
  readonly id: number;
  readonly head: number;
  readonly status: number | null;
  readonly definition: string | null;
  readonly startedBy: string | null;
  readonly parent: string | null;
}
export type RunKeys = Omit<Stream, 'id' | 'head'>;

const CAPACITY = 4_096;

/**
 * The streams written to last, so that a run in motion is not looked up at every transition. It is right because nobody else
 * writes to the database; after a rollback it must be cleared.
 */
export class StreamCache {
  readonly #streams = new Map<string, Stream>();

  get(name: string): Stream | undefined {
    return this.#streams.get(name);
  }

  /** Makes it the last to go. */
  put(name: string, stream: Stream): void {
    this.#streams.delete(name);
    this.#streams.set(name, stream);
    if (this.#streams.size > CAPACITY) this.#streams.delete(this.#streams.keys().next().value!);
  }

  clear(): void {
    this.#streams.clear();
  }
}

export const NO_RUN: RunKeys = { status: null, definition: null, startedBy: null, parent: null };

export const sameKeys = (left: RunKeys, right: RunKeys): boolean =>
  left.status === right.status &&
  left.definition === right.definition &&
  left.startedBy === right.startedBy &&
  left.parent === right.parent;

export const keysOf = (run: RunRow, status: number): RunKeys => ({
  status,
  definition: run.definition,
  startedBy: run.startedBy,
  parent: run.parent,
});
