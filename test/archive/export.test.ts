import assert from 'node:assert/strict';
import { appendFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { verifierKey } from '../../src/ledger/index.ts';
import { archiveFolder } from '../../src/main/archive-folder.ts';
import { verifyExportedFile } from '../../src/main/ledger-check.ts';
import { ledgerKey } from '../../src/main/ledger-key.ts';
import { sha256 } from '../../src/main/sha256.ts';
import { exportLines } from '../../src/operations/ledger.ts';
import type { Store } from '../../src/store/index.ts';
import { archiving, asOwner, finish, interrupted, start } from './bed.ts';

/** What is exported verifies, whatever was archived before or is archived meanwhile. */

const LATER = Number.MAX_SAFE_INTEGER;

async function prepared(t: TestContext) {
  const { runtime, folder, archives } = await archiving(t);
  const { signer } = await ledgerKey(runtime.store);
  const key = verifierKey(signer.name, signer.publicKey, sha256);
  const file = join(folder, 'export.jsonl');
  return {
    runtime,
    archive: () => runtime.archiver.archive(archiveFolder(archives), LATER),
    /** What verifying says of what is exported while the store is this one. */
    exported: async (store: Store, checkpoints: readonly string[] = []) => {
      const { log } = runtime;
      const given = { runtime: { log, store }, origin: signer.name, verifierKey: key };
      writeFileSync(file, '');
      for await (const piece of exportLines(given)) appendFileSync(file, piece);
      return verifyExportedFile(file, { checkpoints, keys: [key] });
    },
  };
}

test('runs that are archived while the ledger is exported', { timeout: 120_000 }, async (t) => {
  const { runtime, archive, exported } = await prepared(t);
  await finish(runtime, 'plain', 60);
  for (let number = 1, isOver = false; !isOver; number += 1) {
    await finish(runtime, 'plain', 1);
    const happen = async (): Promise<void> => {
      await finish(runtime, 'plain', 1);
      await archive();
    };
    const { store, calls } = interrupted(runtime.store, number, happen, (name) => name === 'entries');
    const { problems } = await exported(store);
    assert.deepEqual(problems, [], `before read ${number}`);
    isOver = calls() < number;
  }
});

test('an export can be compared with every checkpoint of before, also where runs were archived', async (t) => {
  const { runtime, archive, exported } = await prepared(t);
  const notes: string[] = [];
  for (let round = 0; round < 5; round += 1) {
    for (let number = 0; number < 3; number += 1) {
      await start(runtime, 'waiting');
      notes.push((await runtime.log.checkpoint()).note);
    }
  }
  const { rows } = await runtime.store.runs({}, { limit: 100 });
  for (const { id } of rows) {
    assert.ok((await runtime.runs.execute(id, { type: 'cancel' }, asOwner)).ok);
    notes.push((await runtime.log.checkpoint()).note);
  }
  assert.equal((await archive()).runs, 15);
  const { problems, archived, checkpoint } = await exported(runtime.store, notes);
  assert.deepEqual(problems, []);
  assert.ok(archived > 0);
  assert.ok((checkpoint?.size ?? 0) > archived);
});

test('large runs are archived in several files, and all of it verifies', { timeout: 120_000 }, async (t) => {
  const { runtime, archive, exported } = await prepared(t);
  for (let number = 0; number < 6; number += 1) {
    const input = { text: String(number).repeat(15 * 1024 * 1024) };
    const started = await runtime.startRun({ definition: 'waiting', input }, asOwner);
    assert.ok(started.ok);
    assert.ok((await runtime.runs.execute(started.value.run, { type: 'cancel' }, asOwner)).ok);
  }
  assert.deepEqual((await exported(runtime.store)).problems, []);
  const { files, runs } = await archive();
  assert.deepEqual([files.length, runs], [2, 6]);
  for (const file of files) {
    assert.ok(statSync(file).size < 100 * 1024 * 1024);
    assert.deepEqual((await verifyExportedFile(file, { checkpoints: [], keys: [] })).problems, []);
  }
});
