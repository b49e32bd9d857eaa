import { LRUCache } from 'lru-cache';
import type { Graph } from '../definition/index.ts';
import { isRunFinal, type DefinitionRef } from '../engine/index.ts';
import type { Store } from '../store/index.ts';
import type { Committer } from './committer.ts';
import { readHot, type Hot } from './hot.ts';

const MOST_RUNS = 4096;
/** Of the text that their states were made of. */
const MOST_BYTES = 256 * 1024 * 1024;

/** Who is reading a run from the store, and how often it was dropped meanwhile. */
interface Reading {
  readers: number;
  drops: number;
}

/**
 * The runs that are in memory.
 *
 * HOT-1  A run that has ended is dropped when that is durable; of the others the least used, by number and by weight.
 * HOT-2  None goes while commands are prepared, which may be the next ones of a run that the batch has changed already: by weight runs
 *        are dropped when one was read or committed, and a batch has far fewer than are kept by number.
 * HOT-3  What was read from the store is kept only if the run was neither written nor dropped meanwhile, whether it was in memory or
 *        not: it may be older than that.
 */
export class HotRuns {
  readonly #store: Store;
  readonly #graphs: (definition: DefinitionRef) => Promise<Graph>;
  readonly #committer: Pick<Committer, 'underWay'>;
  readonly #most: number;
  readonly #runs = new LRUCache<string, Hot>({
    max: MOST_RUNS,
    dispose: (hot, run) => this.#dropped(hot, run),
  });
  readonly #reading = new Map<string, Reading>();
  #bytes = 0;

  constructor(parts: {
    store: Store;
    graphs(definition: DefinitionRef): Promise<Graph>;
    committer: Pick<Committer, 'underWay'>;
    mostBytes?: number;
  }) {
    this.#store = parts.store;
    this.#graphs = (definition) => parts.graphs(definition);
    this.#committer = parts.committer;
    this.#most = parts.mostBytes ?? MOST_BYTES;
  }

  get(run: string): Hot | undefined {
    const hot = this.#runs.get(run);
    if (hot) this.#weigh(hot);
    return hot;
  }

  set(run: string, hot: Hot): void {
    this.#runs.set(run, hot);
    this.#weigh(hot);
  }

  /** Of `hot`, only that. */
  drop(run: string, hot?: Hot): void {
    if (hot && this.#runs.peek(run) !== hot) return;
    if (!this.#runs.delete(run)) this.#outdates(run);
  }

  /** HOT-1: what was decided on it is durable. */
  committed(run: string): void {
    const hot = this.get(run);
    if (hot && isRunFinal(hot.state.status)) this.#runs.delete(run);
    else this.#lighten();
  }

  /** As it is in memory, else as the store has it; null where there is none. */
  async read(run: string): Promise<Hot | null> {
    const reading = this.#reading.get(run) ?? { readers: 0, drops: 0 };
    this.#reading.set(run, reading);
    reading.readers += 1;
    try {
      for (;;) {
        await this.#committer.underWay(run);
        const { drops } = reading;
        const found = await readHot(this.#store, run, this.#graphs);
        const already = this.get(run);
        if (already) return already;
        if (drops !== reading.drops || this.#committer.underWay(run)) continue;
        if (found) this.set(run, found);
        this.#lighten();
        return found;
      }
    } finally {
      reading.readers -= 1;
      if (reading.readers === 0) this.#reading.delete(run);
    }
  }

  /** Down to what may be kept; the one used last stays, whatever it weighs. */
  #lighten(): void {
    while (this.#bytes > this.#most && this.#runs.size > 1) this.#runs.pop();
  }

  #weigh(hot: Hot): void {
    const weight = hot.snapshotBytes + hot.bytesSince;
    this.#bytes += weight - hot.weight;
    hot.weight = weight;
  }

  #dropped(hot: Hot, run: string): void {
    this.#bytes -= hot.weight;
    hot.weight = 0;
    this.#outdates(run);
  }

  /** HOT-3: whoever is reading it reads it again. */
  #outdates(run: string): void {
    const reading = this.#reading.get(run);
    if (reading) reading.drops += 1;
  }
}
