import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { archiveFolder } from '../../src/main/archive-folder.ts';
import { verifyExportedFile, verifyStore } from '../../src/main/ledger-check.ts';
import type { ArchivePoint, Runtime } from '../../src/runtime/index.ts';
import { serverOf, sharedPostgres, skipWithout } from '../postgres/index.ts';
import { archiveBed, asOwner, finish, prepare, start, type ArchiveBed } from './bed.ts';

/** Runs that have ended leave the database for files, and nothing of them is lost or in doubt. */

const postgres = await sharedPostgres();
const KINDS: readonly { name: string; skip: string | false; url(folder: string): Promise<string> }[] = [
  { name: 'sqlite', skip: false, url: async (folder) => `sqlite:${join(folder, 'humanos.sqlite')}` },
  { name: 'postgres', skip: skipWithout(postgres), url: () => serverOf(postgres).newSchema() },
];
const NOTHING = { checkpoints: [], keys: [] };
const LATER = Number.MAX_SAFE_INTEGER;

async function bedOf(kind: (typeof KINDS)[number], t: TestContext): Promise<ArchiveBed> {
  const made = await kind.url('');
  const bed = archiveBed((folder) =>
    kind.name === 'sqlite' ? `sqlite:${join(folder, 'humanos.sqlite')}` : made,
  );
  t.after(() => bed.remove());
  return bed;
}

const texts = async ({ store }: Runtime): Promise<Map<number, string>> =>
  new Map((await store.entries({ position: -1 }, 100_000)).map(({ position, text }) => [position, text]));

const codes = async (runtime: Runtime, archives?: string): Promise<string[]> =>
  (await verifyStore(runtime.store, NOTHING, archives)).problems.map(({ code }) => code);

/** Every entry there has been, from the files and the database. */
async function whole(runtime: Runtime, folder: string): Promise<Map<number, string>> {
  const all = await texts(runtime);
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.jsonl')))
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
      const [, text, index] = /^\{"entry":(\{.*\}),"hash":"[0-9a-f]{64}","index":(\d+)\}$/.exec(line) ?? [];
      if (text !== undefined) all.set(Number(index), text);
    }
  return all;
}

for (const kind of KINDS) {
  const options = { skip: kind.skip, timeout: 120_000 };

  test(`${kind.name}: ended runs go into files that verify, and the ledger says so`, options, async (t) => {
    const bed = await bedOf(kind, t);
    const archives = join(bed.folder, 'archives');
    const runtime = await bed.open();
    await prepare(runtime);
    const ended = [...(await finish(runtime, 'plain', 5)), ...(await finish(runtime, 'parent', 2))];
    const open = await start(runtime, 'waiting');
    const kept = await runtime.log.checkpoint();
    const before = await texts(runtime);
    const records = JSON.stringify(runtime.history);

    const signal = AbortSignal.abort();
    const stopped = await runtime.archiver.archive(archiveFolder(archives), LATER, { signal });
    assert.deepEqual([stopped.ended, stopped.runs], ['interrupted', 0]);
    const result = await runtime.archiver.archive(archiveFolder(archives), LATER);
    assert.equal(result.ended, 'all');
    assert.equal(result.runs, 9, 'five, and two with a child each');
    assert.equal(result.heldBackBy, null);
    for (const run of ended) assert.equal(await runtime.store.run(run), null);
    assert.equal((await runtime.store.run(open))?.status, 'running');
    const place = await runtime.archived(ended[0] ?? '');
    assert.equal(place?.file, result.files[0]);
    assert.ok(place?.contributors.includes('passport_agent_a'));

    const all = await whole(runtime, archives);
    for (const [position, text] of before) assert.equal(all.get(position), text);
    const known = { checkpoints: [kept.note], keys: [] };
    const file = await verifyExportedFile(result.files[0] ?? '', known);
    assert.deepEqual(file.problems, [], 'by itself, against a checkpoint from before');
    assert.deepEqual([file.runs, file.entries], [9, result.entries]);
    const report = await verifyStore(runtime.store, known, archives);
    assert.deepEqual(report.problems, []);
    assert.deepEqual([report.archived, report.checkpoint?.size], [result.entries, kept.size]);

    const sources = [ended[0] ?? ''];
    const next = await runtime.startRun({ definition: 'waiting', input: {}, sources }, asOwner);
    assert.ok(next.ok, 'whose results are in the input may be archived');
    const { state } = (await runtime.runs.state(next.value.run)) ?? {};
    assert.ok(state?.contributors['passport_agent_a']);

    await finish(runtime, 'plain', 1);
    await bed.close(runtime);
    const again = await bed.open();
    assert.deepEqual(await codes(again), []);
    assert.equal(again.history.position, await again.store.entryCount());
    assert.notEqual(JSON.stringify(again.history), records, 'it goes on from where it was');
    const second = await again.archiver.archive(archiveFolder(archives), LATER);
    assert.equal(second.runs, 1);
    const last = await verifyExportedFile(second.files[0] ?? '', known);
    assert.deepEqual(last.problems, [], 'also against one from before all that is in it');
    assert.deepEqual(await codes(again, archives), []);
    assert.equal((await again.archiver.archive(archiveFolder(archives), LATER)).runs, 0);
    await bed.close(again);
  });

  test(
    `${kind.name}: a tree of runs goes whole or not at all, and what is young stays`,
    options,
    async (t) => {
      const bed = await bedOf(kind, t);
      const runtime = await bed.open();
      await prepare(runtime);
      const parent = await start(runtime, 'parent');
      await finish(runtime, 'plain', 1);
      const archives = archiveFolder(join(bed.folder, 'archives'));
      assert.equal((await runtime.archiver.archive(archives, 1)).runs, 0, 'nothing ended before then');
      const { rows } = await runtime.store.runs({}, { limit: 10 });
      const over = rows.every(({ endedAt }) => endedAt !== null);
      const { runs } = await runtime.archiver.archive(archives, LATER);
      assert.equal(runs, over ? 3 : 1);
      assert.equal((await runtime.store.run(parent)) === null, over);
      await bed.close(runtime);
    },
  );

  test(`${kind.name}: a channel that is not set up any more holds nothing back`, options, async (t) => {
    const bed = await bedOf(kind, t);
    const folder = archiveFolder(join(bed.folder, 'archives'));
    const runtime = await bed.open();
    await prepare(runtime);
    await finish(runtime, 'plain', 1);
    const body = { position: 0, parcels: [] };
    const documents = ['mail', 'webhook_gone'].map(
      (id) => ({ kind: 'channel', id, expected: 0, body }) as const,
    );
    await runtime.store.commit([{ stream: 'organisation', expected: null, entries: [], documents }]);
    const held = await runtime.archiver.archive(folder, LATER, { channels: ['mail'] });
    assert.deepEqual([held.runs, held.heldBackBy], [0, 'mail']);
    const { runs, heldBackBy } = await runtime.archiver.archive(folder, LATER);
    assert.deepEqual([runs, heldBackBy], [1, null]);
    await bed.close(runtime);
  });

  test(`${kind.name}: what would not verify is not archived, and stays`, options, async (t) => {
    const bed = await bedOf(kind, t);
    const folder = join(bed.folder, 'archives');
    const runtime = await bed.open();
    const { archiver, store, log } = runtime;
    await prepare(runtime);
    const [run = ''] = await finish(runtime, 'plain', 100);
    await log.settle();
    assert.ok(log.size > 256, 'a tile is full');
    const before = await texts(runtime);
    const tile = store.tile.bind(store);
    const damage: readonly ((stored: Uint8Array) => Uint8Array)[] = [
      (stored) => stored.map((byte, at) => (at === 0 ? byte ^ 1 : byte)),
      (stored) => stored.map((byte, at) => (at === 200 * 32 ? byte ^ 1 : byte)),
      (stored) => stored.slice(0, 100 * 32),
    ];
    for (const change of damage) {
      store.tile = async (...at) => {
        const stored = await tile(...at);
        return stored && at.join() === '0,0' ? change(stored) : stored;
      };
      const archived = archiver.archive(archiveFolder(folder), LATER);
      await assert.rejects(archived, { code: 'database_damaged' });
      assert.deepEqual(readdirSync(folder), []);
      assert.deepEqual(await texts(runtime), before);
      assert.ok(await store.run(run));
    }
    store.tile = tile;
    assert.equal((await archiver.archive(archiveFolder(folder), LATER)).runs, 100);
    assert.deepEqual(await codes(runtime, folder), []);
    await bed.close(runtime);
  });

  test(`${kind.name}: one who is late does not take away what another has to remove`, options, async (t) => {
    const bed = await bedOf(kind, t);
    const folder = join(bed.folder, 'archives');
    const runtime = await bed.open();
    const { archiver, store } = runtime;
    await prepare(runtime);
    const stopAt = async (last: ArchivePoint): Promise<void> => {
      const at = (point: ArchivePoint): void => assert.notEqual(point, last);
      await assert.rejects(archiver.archive(archiveFolder(folder), LATER, { at }), assert.AssertionError);
    };
    const first = await finish(runtime, 'plain', 1);
    await stopAt('recorded');
    const second = await finish(runtime, 'plain', 1);
    const commit = store.commit.bind(store);
    let isLate = true;
    store.commit = async (changes) => {
      if (isLate && changes.some(({ stream }) => stream === 'archive')) {
        isLate = false;
        await stopAt('recorded');
      }
      return commit(changes);
    };
    const late = await archiver.archive(archiveFolder(folder), LATER);
    assert.deepEqual([late.ended, late.runs], ['elsewhere', 0]);
    assert.equal((await archiver.archive(archiveFolder(folder), LATER)).ended, 'all');
    for (const run of [...first, ...second]) assert.equal(await store.run(run), null);
    assert.deepEqual(await codes(runtime, folder), []);
    await bed.close(runtime);
  });

  test(`${kind.name}: what is wrong with an archive is found with the database`, options, async (t) => {
    const bed = await bedOf(kind, t);
    const archives = join(bed.folder, 'archives');
    const runtime = await bed.open();
    await prepare(runtime);
    await finish(runtime, 'plain', 3);
    const input = { type: 'ledger.archived' };
    const mention = await runtime.startRun({ definition: 'waiting', input }, asOwner);
    assert.ok(mention.ok, 'whoever mentions an archive says nothing of one');
    const { files } = await runtime.archiver.archive(archiveFolder(archives), LATER);
    const [file = ''] = files;
    const good = readFileSync(file, 'utf8');
    writeFileSync(file, good.replace('"output":1', '"output":2'));
    assert.deepEqual(await codes(runtime, archives), ['archive_missing']);
    rmSync(file);
    assert.deepEqual(await codes(runtime, archives), ['archive_missing']);
    writeFileSync(file, good);
    const other = join(bed.folder, 'other');
    mkdirSync(other);
    copyFileSync(file, join(other, 'ledger-0-renamed.jsonl'));
    assert.deepEqual(await codes(runtime, other), [], 'it is known by what is in it');
    await bed.close(runtime);
  });

  const POINTS: readonly ArchivePoint[] = ['written', 'kept', 'recorded', 'removed', 'done'];
  for (const point of POINTS)
    test(
      `${kind.name}: kill -9 when it is ${point} loses nothing, and the next goes on`,
      options,
      async (t) => {
        const bed = await bedOf(kind, t);
        const archives = join(bed.folder, 'archives');
        const first = await bed.open();
        await prepare(first);
        await finish(first, 'plain', 4);
        await start(first, 'waiting');
        const { note } = await first.log.checkpoint();
        const before = await texts(first);
        await bed.close(first);
        const { signal } = await killedAt(bed.url, archives, point);
        assert.equal(signal, 'SIGKILL');

        const runtime = await bed.open();
        const known = { checkpoints: [note], keys: [] };
        assert.deepEqual((await verifyStore(runtime.store, known)).problems, []);
        const between = await whole(runtime, archives);
        for (const [position, text] of before) assert.equal(between.get(position), text, 'nothing is lost');
        await runtime.archiver.archive(archiveFolder(archives), LATER);
        const { rows } = await runtime.store.runs({}, { limit: 10 });
        assert.deepEqual(
          rows.map(({ definition }) => definition),
          ['waiting'],
        );
        assert.deepEqual((await verifyStore(runtime.store, known, archives)).problems, []);
        const after = await whole(runtime, archives);
        for (const [position, text] of before) assert.equal(after.get(position), text);
        await bed.close(runtime);
      },
    );
}

/** Archives in a process of its own, which ends at this moment as if its power were cut. */
async function killedAt(
  url: string,
  archives: string,
  point: ArchivePoint,
): Promise<{ signal: string | null }> {
  const { spawn } = await import('node:child_process');
  const program = new URL('program.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--conditions=source', program, url, archives, point], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return new Promise((resolve) => child.once('exit', (_, signal) => resolve({ signal })));
}
