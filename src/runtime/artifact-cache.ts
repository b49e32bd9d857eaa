import { LRUCache } from 'lru-cache';
import type { Json } from '../definition/index.ts';
import type { Store } from '../store/index.ts';

/** Bytes of their text. */
const MOST = 64 * 1024 * 1024;
const DECODER = new TextDecoder();

/** Artifacts that hold JSON, as far as they have been needed lately. */
export class ArtifactCache {
  readonly #store: Store;
  readonly #known = new LRUCache<string, { value: Json }>({ maxSize: MOST });

  constructor(store: Store) {
    this.#store = store;
  }

  get(sha256: string): Json | undefined {
    return this.#known.get(sha256)?.value;
  }

  put(sha256: string, text: string, size: number): void {
    this.#known.set(sha256, { value: JSON.parse(text) as Json }, { size });
  }

  /** @throws Error when one is not in the store */
  async fetch(needed: readonly string[]): Promise<void> {
    for (const sha256 of needed) {
      const artifact = await this.#store.artifact(sha256);
      if (!artifact) throw new Error(`artifact ${sha256} is not in the store`);
      this.put(sha256, DECODER.decode(artifact.content), artifact.content.length);
    }
  }
}
