import type { StoredEntry } from '../store/index.ts';
import type { Committed } from './committer.ts';

/** An entry that has been committed, and may have no position yet. */
export type Fresh = Omit<StoredEntry, 'position'> & { readonly position: number | null };

/** A hint that entries have been committed: what there is now is read from the store. */
export type Listener = (entries: readonly Fresh[]) => void;

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
        position: position === null ? null : position + index,
      })),
    );
    this.tell(entries);
  }

  /** Entries that another node has committed. */
  tell(entries: readonly Fresh[]): void {
    if (entries.length > 0) for (const listener of this.#listeners) this.#tell(listener, entries);
  }

  #tell(listener: Listener, entries: readonly Fresh[]): void {
    try {
      listener(entries);
    } catch (fault) {
      this.#onFault(fault);
    }
  }
}
