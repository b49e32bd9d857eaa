import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../../src/store/index.ts';
import { memoryStore } from '../../src/store/memory/index.ts';
import { openPostgres } from '../../src/store/postgres/index.ts';
import { openSqlite } from '../../src/store/sqlite/index.ts';
import { serverOf, sharedPostgres } from '../postgres/index.ts';
import { partition } from '../postgres/partitions.ts';

const postgres = await sharedPostgres();

/** Where one test keeps its store. */
export interface Place {
  /** Opens it, or opens it again. */
  open(): Promise<Store>;
  remove(): Promise<void>;
}

export interface Adapter {
  readonly name: string;
  /** A place with nothing in it. */
  place(): Promise<Place>;
  /** Why there is none here; in CI that is a failure. */
  readonly missing?: string;
  /** Suites that do not apply, each with the reason. */
  readonly skips: Readonly<Partial<Record<string, string>>>;
}

/** Every adapter passes every suite, or says here why not. */
export const ADAPTERS: readonly Adapter[] = [
  {
    name: 'memory',
    place: async () => ({ open: async () => memoryStore(), remove: async () => {} }),
    skips: {
      durability: 'keeps nothing when it is closed, which is what it is for',
      'several stores': 'nobody else can reach it',
    },
  },
  {
    name: 'sqlite',
    place: async () => {
      const folder = mkdtempSync(join(tmpdir(), 'humanos-store-'));
      return {
        open: async () => openSqlite(join(folder, 'humanos.db')),
        remove: async () => rmSync(folder, { recursive: true }),
      };
    },
    skips: { 'several stores': 'one process writes, and keeps others out' },
  },
  {
    name: 'postgres',
    place: async () => {
      const url = await serverOf(postgres).newSchema();
      return { open: () => openPostgres(url), remove: async () => {} };
    },
    ...('reason' in postgres && { missing: postgres.reason }),
    skips: {},
  },
  {
    name: 'postgres, its entries in partitions',
    place: async () => {
      const server = serverOf(postgres);
      const url = await server.newSchema();
      await (await openPostgres(url)).close();
      await partition(server, url, ['run_b', 'run_c', 'run_p5']);
      return { open: () => openPostgres(url), remove: async () => {} };
    },
    ...('reason' in postgres && { missing: postgres.reason }),
    skips: {},
  },
];
