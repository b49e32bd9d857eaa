import { LRUCache } from 'lru-cache';
import type { ArtifactRef, Json } from '../definition/index.ts';
import type { Sha256 } from '../ledger/index.ts';
import type { Store } from '../store/index.ts';
import { storedArtifact } from './stored-artifact.ts';

/** Bytes of their text. */
const MOST = 64 * 1024 * 1024;
const DECODER = new TextDecoder('utf-8', { fatal: true });

interface Content {
  readonly value: Json;
  /** Bytes of its text. */
  readonly size: number;
}

/** What an artifact holds; undefined where that is not JSON, or none that the ledger can write. */
function jsonIn(content: Uint8Array): Json | undefined {
  try {
    const value = JSON.parse(DECODER.decode(content)) as Json;
    return isRecordable(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Levels that are written wherever a run has come to; the platform's own end some thousands further down. */
const DEEPEST = 1000;

/** Whether a value that was read from a text has a canonical form: as `canonicalProblem` says, without making that. */
function isRecordable(value: Json | undefined, depth = 0): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth >= DEEPEST) return false;
  if (Array.isArray(value)) return value.every((item: Json) => isRecordable(item, depth + 1));
  return Object.entries(value).every(
    ([name, member]) => name.isWellFormed() && isRecordable(member, depth + 1),
  );
}

/**
 * What artifacts hold, as far as it has been needed lately.
 *
 * ARTIFACT-1  What is not JSON, cannot be recorded, or is not there, stays a reference: expressions see it as that, and the run goes on.
 */
export class ArtifactCache {
  readonly #store: Store;
  readonly #sha256: Sha256;
  readonly #known = new LRUCache<string, Content>({ maxSize: MOST });

  constructor(store: Store, sha256: Sha256) {
    this.#store = store;
    this.#sha256 = sha256;
  }

  get(sha256: string): Content | undefined {
    return this.#known.get(sha256);
  }

  put(sha256: string, text: string, size: number): void {
    this.#known.set(sha256, { value: JSON.parse(text) as Json, size }, { size });
  }

  async fetch(sha256: string): Promise<Content> {
    const stored = await storedArtifact(this.#store, sha256, this.#sha256);
    const content = stored?.content ?? new Uint8Array();
    const found = { value: jsonIn(content) ?? referenceTo(sha256, content.length), size: content.length + 1 };
    this.#known.set(sha256, found, { size: found.size });
    return found;
  }
}

/**
 * What a command's expressions read of artifacts.
 *
 * ARTIFACT-2  What a command has read stays with it until it is decided, whatever the cache lets go meanwhile: it is read once.
 * ARTIFACT-3  Past 64 MiB, in the order in which they are asked for, a command is shown references, so that no definition can have it
 *             take more memory than that.
 */
export class ArtifactsRead {
  readonly #cache: ArtifactCache;
  readonly #kept = new Map<string, Json>();
  #bytes = 0;
  #isWaiting = false;

  constructor(cache: ArtifactCache) {
    this.#cache = cache;
  }

  /** Undefined for what has to be fetched, and for all that is asked for after it, so that the order does not hang on the cache. */
  readonly get = (sha256: string): Json | undefined => {
    const kept = this.#kept.get(sha256);
    if (kept !== undefined) return kept;
    if (this.#bytes >= MOST) return referenceTo(sha256, 0);
    const found = this.#isWaiting ? undefined : this.#cache.get(sha256);
    if (!found) this.#isWaiting = true;
    return found && this.#keep(sha256, found);
  };

  async fetch(needed: readonly string[]): Promise<void> {
    for (const sha256 of needed) {
      if (this.#bytes >= MOST) break;
      if (!this.#kept.has(sha256))
        this.#keep(sha256, this.#cache.get(sha256) ?? (await this.#cache.fetch(sha256)));
    }
    this.#isWaiting = false;
  }

  #keep(sha256: string, { value, size }: Content): Json {
    this.#kept.set(sha256, value);
    this.#bytes += size;
    return value;
  }
}

const referenceTo = (sha256: string, bytes: number): ArtifactRef => ({ $artifact: sha256, bytes });
