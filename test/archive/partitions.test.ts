import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { archiveFolder } from '../../src/main/archive-folder.ts';
import { verifyStore } from '../../src/main/ledger-check.ts';
import { newId } from '../../src/operations/index.ts';
import { serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';
import { partition, runsFrom } from '../postgres/partitions.ts';
import { archiveBed, finish, prepare, start } from './bed.ts';

const postgres = await sharedPostgres();
const MINUTE = 60_000;
const LATER = Number.MAX_SAFE_INTEGER;

/** Entries by the partition they are in. */
const PLACES = `SELECT tableoid::regclass::text AS place, count(*)::int4 AS count FROM entries GROUP BY 1 ORDER BY 1`;

test(
  'entries are divided by time while runs go on, and what has been archived is dropped with its partition',
  { skip: skipWithout(postgres), timeout: 120_000 },
  async (t) => {
    const server = serverOf(postgres);
    const url = await server.newSchema();
    const bed = archiveBed(() => url);
    t.after(() => bed.remove());
    const now = Date.now();
    const [next, afterNext] = [runsFrom(now + 60 * MINUTE), runsFrom(now + 90 * MINUTE)];
    let ahead = 0;
    const runtime = await bed.open(() => shifted(ahead));
    t.after(() => bed.close(runtime));
    await prepare(runtime);
    const waiting = await start(runtime, 'waiting');

    const working = finish(runtime, 'parent', 40);
    await partition(server, url, [next, afterNext]);
    await working;
    ahead = 75 * MINUTE;
    await finish(runtime, 'parent', 3);
    ahead = 120 * MINUTE;
    await finish(runtime, 'plain', 2);

    const places = await server.query(PLACES, url);
    const named = ['entries_before', 'entries_after', `entries_${next}`];
    assert.deepEqual(new Set(places.map(({ place }) => String(place))), new Set(named));

    const archives = join(bed.folder, 'archives');
    const { ended } = await runtime.archiver.archive(archiveFolder(archives), LATER);
    assert.equal(ended, 'all');
    const left = await server.query(PLACES, url);
    assert.deepEqual(
      left.map(({ place }) => place),
      ['entries_before'],
    );
    await server.query(`DROP TABLE "entries_${next}"`, url);

    assert.equal((await runtime.store.run(waiting))?.status, 'running');
    await finish(runtime, 'plain', 1);
    const { problems } = await verifyStore(runtime.store, { checkpoints: [], keys: [] }, archives);
    assert.deepEqual(problems, []);
  },
);

/** An id that begins so many milliseconds from now. */
function shifted(ahead: number): string {
  const moment = (Date.now() + ahead).toString(16).padStart(12, '0');
  return moment + newId().slice(moment.length);
}
