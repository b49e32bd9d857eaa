import { LRUCache } from 'lru-cache';
import type { ArtifactRef, Json } from '../definition/index.ts';
import type { Store } from '../store/index.ts';

/** Bytes of their text. */
const MOST = 64 * 1024 * 1024;
const DECODER = new TextDecoder('utf-8', { fatal: true });

/** What an artifact holds; undefined where that is not JSON. */
export function jsonIn(content: Uint8Array): Json | undefined {
  try {
    return JSON.parse(DECODER.decode(content)) as Json;
  } catch {
    return undefined;
  }
}

/**
 * What artifacts hold, as far as it has been needed lately.
 *
 * ARTIFACT-1  What is not JSON, or is not there, stays a reference: expressions see it as that, and the run goes on.
 */
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

  async fetch(needed: readonly string[]): Promise<void> {
    for (const sha256 of needed) {
      const content = (await this.#store.artifact(sha256))?.content ?? new Uint8Array();
      const reference: ArtifactRef = { $artifact: sha256, bytes: content.length };
      const value = jsonIn(content) ?? reference;
      this.#known.set(sha256, { value }, { size: content.length + 1 });
    }
  }
}
