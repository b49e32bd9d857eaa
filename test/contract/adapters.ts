import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../../src/store/index.ts';
import { memoryStore } from '../../src/store/memory/index.ts';
import { openSqlite } from '../../src/store/sqlite/index.ts';

/** Where one test keeps its store. */
export interface Place {
  open(): Store;
  remove(): void;
}

export interface Adapter {
  readonly name: string;
  /** A place with nothing in it. */
  place(): Place;
  /** Suites that do not apply, each with the reason. */
  readonly skips: Readonly<Partial<Record<string, string>>>;
}

/** Every adapter passes every suite, or says here why not. */
export const ADAPTERS: readonly Adapter[] = [
  {
    name: 'memory',
    place: () => ({ open: memoryStore, remove: () => {} }),
    skips: { durability: 'keeps nothing when it is closed, which is what it is for' },
  },
  {
    name: 'sqlite',
    place: () => {
      const folder = mkdtempSync(join(tmpdir(), 'humanos-store-'));
      return {
        open: () => openSqlite(join(folder, 'humanos.db')),
        remove: () => rmSync(folder, { recursive: true }),
      };
    },
    skips: {},
  },
];
