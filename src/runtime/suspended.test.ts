import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { asOwner, prepare, start } from '../../test/archive/bed.ts';
import type { Command } from '../engine/index.ts';
import { sha256 } from '../main/sha256.ts';
import { newId } from '../operations/index.ts';
import type { Store } from '../store/index.ts';
import { memoryStore } from '../store/memory/index.ts';
import { systemClock } from './clock.ts';
import { Runtime } from './runtime.ts';

async function openNode(t: TestContext, store: Store): Promise<Runtime> {
  const onFault = (fault: unknown): void => {
    throw fault;
  };
  const signer = { name: 'humanos/test', publicKey: new Uint8Array(32), sign: () => new Uint8Array(64) };
  const runtime = new Runtime({ store, clock: systemClock, sha256, signer, newId, onFault, shared: true });
  await runtime.start();
  t.after(() => runtime.stop());
  return runtime;
}

/** The same store, that tells nobody of its entries while it is held. */
const quiet = (store: Store) => {
  let gate = Promise.withResolvers<void>();
  gate.resolve();
  const entries: Store['entries'] = async (...asked) => {
    await gate.promise;
    return store.entries(...asked);
  };
  const get = (_: Store, name: keyof Store): unknown => {
    const member = store[name];
    return typeof member === 'function' ? member.bind(store) : member;
  };
  const proxy = new Proxy(store, {
    get: (_, name) => (name === 'entries' ? entries : get(_, name as keyof Store)),
  });
  const hold = () => (gate = Promise.withResolvers()).resolve;
  return { store: proxy, hold };
};

test(
  'what another node has suspended and resumed in one turn is held as it was resumed, and no longer (HELD-1)',
  { timeout: 5000 },
  async (t) => {
    const store = memoryStore();
    const one = await openNode(t, store);
    await prepare(one);
    const slow = quiet(store);
    const other = await openNode(t, slow.store);
    const run = await start(one, 'plain');
    const id = `${run}:p.s:1.1`;
    const assignee = 'passport_agent_a';
    const act = async (command: Command, leaseUntil?: number) => {
      const node = command.type === 'task.start' ? other : one;
      const outcome = await node.runs.execute(run, command, asOwner, {
        ...(leaseUntil !== undefined && { leaseUntil }),
      });
      assert.ok(outcome.ok, JSON.stringify(outcome));
    };
    const until = systemClock.now() + 3_600_000;
    await act({ type: 'task.start', task: id, assignee }, until);
    assert.equal(other.leases.get(id)?.until, until);

    const goOn = slow.hold();
    const shorter = systemClock.now() + 60_000;
    await act({ type: 'task.suspend', task: id, token: 1 });
    await act({ type: 'task.resume', task: id, token: 1 }, shorter);
    goOn();
    while (other.leases.get(id)?.until !== shorter) await new Promise(setImmediate);
    assert.equal((await store.task(id))?.leaseUntil, shorter);
  },
);
