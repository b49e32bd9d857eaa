import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { archiveFolder } from '../../src/main/archive-folder.ts';
import { verifyStore } from '../../src/main/ledger-check.ts';
import type { Runtime } from '../../src/runtime/index.ts';
import type { Store } from '../../src/store/index.ts';
import { archiveBed, finish, prepare } from './bed.ts';

/** A database verifies while a server works on it, whatever happens between any two of the reads. */

const NOTHING = { checkpoints: [], keys: [] };
const LATER = Number.MAX_SAFE_INTEGER;

/** The same store, on which something happens before the read with this number. One for each file is not counted: these become more. */
function interrupted(store: Store, number: number, happen: () => Promise<unknown>) {
  let reads = 0;
  const proxy = new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]): Promise<unknown> => {
        const isOfFile = name === 'checkpoint' && args.length > 0;
        if (!isOfFile) reads += 1;
        if (!isOfFile && reads === number) await happen();
        return Reflect.apply(member, target, args);
      };
    },
  });
  return { store: proxy, reads: () => reads };
}

async function verifiesWhile(
  t: TestContext,
  ready: (runtime: Runtime, archives: string) => Promise<unknown>,
  happen: (runtime: Runtime, archives: string) => Promise<unknown>,
): Promise<void> {
  const bed = archiveBed((folder) => `sqlite:${join(folder, 'humanos.sqlite')}`);
  const archives = join(bed.folder, 'archives');
  const runtime = await bed.open();
  t.after(async () => {
    await bed.close(runtime);
    bed.remove();
  });
  await prepare(runtime);
  for (let number = 1, isOver = false; !isOver; number += 1) {
    await ready(runtime, archives);
    const { store, reads } = interrupted(runtime.store, number, () => happen(runtime, archives));
    const { problems } = await verifyStore(store, NOTHING, archives);
    assert.deepEqual(problems, [], `before read ${number}`);
    isOver = reads() < number;
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
