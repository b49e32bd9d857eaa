import { sha256 } from '../../src/main/sha256.ts';
import { openPostgres } from '../../src/store/postgres/index.ts';
import type { Change } from '../../src/store/index.ts';
import { PostgresServer } from '../../test/postgres/index.ts';
import { now } from '../clock.ts';
import { POSTGRES_SETTINGS } from '../compare/places.ts';
import type { Report } from '../report.ts';

const COMMITS = 1000;
/** What a busy node puts into a commit, and into each change of it. */
const CHANGES = 85;
const ENTRIES = 2;
const WARM_UP = 100;

/** How fast positions are given to what waits for them, which one node at a time does and no number of nodes makes faster. */
export async function positions(report: Report): Promise<void> {
  const server = await PostgresServer.create({ settings: POSTGRES_SETTINGS });
  const store = await openPostgres(await server.newDatabase());
  try {
    let named = 0;
    const write = async (commits: number): Promise<void> => {
      for (let at = 0; at < commits; at += 1)
        await store.commit(Array.from({ length: CHANGES }, () => change(`run_${(named += 1)}`)));
    };
    await write(WARM_UP);
    const before = await store.entryCount();
    await write(COMMITS);
    const began = now();
    const entries = (await store.entryCount()) - before;
    report('cost, PostgreSQL, positions given by one node', (entries / (now() - began)) * 1000, 'entries/s');
  } finally {
    await store.close();
    await server.remove();
  }
}

const change = (stream: string): Change => ({
  stream,
  expected: 0,
  entries: Array.from({ length: ENTRIES }, (_, at) => {
    const text = `{"sequence":${at + 1},"stream":"${stream}"}`;
    return { sequence: at + 1, text, hash: sha256(text) };
  }),
});
