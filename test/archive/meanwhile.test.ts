import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { archiveFolder } from '../../src/main/archive-folder.ts';
import { verifyStore } from '../../src/main/ledger-check.ts';
import type { Runtime } from '../../src/runtime/index.ts';
import { archiving, finish, interrupted } from './bed.ts';

/** A database verifies while a server works on it, whatever happens between any two of the reads. */

const NOTHING = { checkpoints: [], keys: [] };
const LATER = Number.MAX_SAFE_INTEGER;

/** One checkpoint for each file is not counted: these become more. */
const isCounted = (name: string | symbol, args: readonly unknown[]): boolean =>
  name !== 'checkpoint' || args.length === 0;

async function verifiesWhile(
  t: TestContext,
  ready: (runtime: Runtime, archives: string) => Promise<unknown>,
  happen: (runtime: Runtime, archives: string) => Promise<unknown>,
): Promise<void> {
  const { runtime, archives } = await archiving(t);
  for (let number = 1, isOver = false; !isOver; number += 1) {
    await ready(runtime, archives);
    const happens = () => happen(runtime, archives);
    const { store, calls } = interrupted(runtime.store, number, happens, isCounted);
    const { problems } = await verifyStore(store, NOTHING, archives);
    assert.deepEqual(problems, [], `before read ${number}`);
    isOver = calls() < number;
  }
  assert.ok((await verifyStore(runtime.store, NOTHING, archives)).verified);
}

const archive = ({ archiver }: Runtime, archives: string) => archiver.archive(archiveFolder(archives), LATER);

test('a checkpoint that is signed meanwhile', { timeout: 120_000 }, (t) =>
  verifiesWhile(
    t,
    async (runtime, archives) => {
      await finish(runtime, 'plain', 1);
      await archive(runtime, archives);
    },
    async (runtime) => {
      await finish(runtime, 'plain', 1);
      await runtime.log.checkpoint();
    },
  ),
);

test('runs that are archived meanwhile', { timeout: 120_000 }, (t) =>
  verifiesWhile(
    t,
    async (runtime) => {
      await finish(runtime, 'plain', 2);
      await runtime.log.checkpoint();
    },
    archive,
  ),
);

test('runs that end and are archived meanwhile', { timeout: 120_000 }, (t) =>
  verifiesWhile(
    t,
    (runtime) => finish(runtime, 'plain', 1),
    async (runtime, archives) => {
      await finish(runtime, 'plain', 1);
      await archive(runtime, archives);
    },
  ),
);

test('of two who archive to one folder at the same moment the later takes nothing away', async (t) => {
  const { runtime, archives } = await archiving(t);
  await finish(runtime, 'plain', 3);
  const results = await Promise.all([archive(runtime, archives), archive(runtime, archives)]);
  assert.deepEqual(results.map(({ ended }) => ended).toSorted(), ['all', 'elsewhere']);
  assert.ok((await verifyStore(runtime.store, NOTHING, archives)).verified);
});
