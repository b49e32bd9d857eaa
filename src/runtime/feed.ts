import type { StoredEntry } from '../store/index.ts';
import type { Committed } from './committer.ts';

/** A hint that entries have been committed: read from `position` on. */
export type Listener = (entries: readonly StoredEntry[]) => void;

/**
 * Tells listeners of entries as they are committed. What they must not miss they read from the store by position.
 *
 * FEED-1  What goes wrong in a listener is its own affair: the writer and the other listeners do not notice.
 */
export class Feed {
  #listeners = new Set<Listener>();
  #onFault: (fault: unknown) => void;

  constructor(onFault: (fault: unknown) => void) {
    this.#onFault = onFault;
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  publish(batch: readonly Committed[]): void {
    if (this.#listeners.size === 0) return;
    const entries = batch.flatMap(({ change, position }) =>
      change.entries.map((entry, index) => ({
        ...entry,
        stream: change.stream,
        position: position + index,
      })),
    );
    if (entries.length > 0) for (const listener of this.#listeners) this.#tell(listener, entries);
  }

  #tell(listener: Listener, entries: readonly StoredEntry[]): void {
    try {
      listener(entries);
    } catch (fault) {
      this.#onFault(fault);
    }
  }
}
