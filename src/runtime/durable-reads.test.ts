import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { compileDefinition } from '../definition/index.ts';
import { memoryStore } from '../store/memory/index.ts';
import type { Change, CommitResult } from '../store/index.ts';
import { bySystem } from './authority.ts';
import { systemClock } from './clock.ts';
import { Committer } from './committer.ts';
import { Edition } from './organisation/edition.ts';
import { Policies } from './policies/index.ts';
import { Runs } from './runs.ts';

const sha256 = (data: Uint8Array | string): Uint8Array => hash('sha256', data, 'buffer');
const compiled = compileDefinition(
  { id: 'd', safety: 'read_only', phases: [{ id: 'p', steps: [{ id: 'a', wait: { signal: 'go' } }] }] },
  '0'.repeat(64),
);
assert.ok(compiled.ok);
const { graph } = compiled;
const definition = { id: 'd', version: 1, digest: graph.digest };
const by = bySystem('test');

/** Runs over a store whose commits wait at a gate, as those of a database do that is somewhere else. */
const bench = () => {
  const store = memoryStore();
  const gates: { readonly open: () => void; readonly fail: (fault: Error) => void }[] = [];
  let arrived = (): void => {};
  let isGated = false;
  const gated = new Proxy(store, {
    get: (target, name) =>
      name === 'commit'
        ? async (changes: readonly Change[]): Promise<readonly CommitResult[]> => {
            if (isGated) {
              await new Promise<void>((open, fail) => {
                gates.push({ open, fail });
                arrived();
              });
            }
            return target.commit(changes);
          }
        : (Reflect.get(target, name) as unknown),
  });
  const committer = new Committer({
    store: gated,
    clock: systemClock,
    sha256,
    onCommitted: () => {},
    onDoubt: () => {},
  });
  const runs = new Runs({
    store,
    clock: systemClock,
    committer,
    sha256,
    graphs: () => Promise.resolve(graph),
    // Nobody works here.
    assigner: {} as never,
    people: {
      people: () => [],
      accountable: () => null,
      isAway: () => false,
      afterWork: (from, ms) => from + ms,
      workBetween: (from, to) => to - from,
    },
    policies: new Policies(store, sha256, () => {}),
    edition: new Edition(store, () => Promise.resolve()),
    find: () => null,
    leaseOf: () => undefined,
  });
  const start = (run: string) =>
    runs.execute(
      run,
      { type: 'start', run, definition, input: {}, priority: 5, accountable: 'me', hold: false },
      by,
      { graph, fresh: true },
    );
  const nextGate = async () => {
    while (gates.length === 0) await new Promise<void>((resolve) => (arrived = resolve));
    return gates.shift()!;
  };
  const close = (): void => {
    isGated = true;
  };
  return { runs, start, nextGate, close };
};

const statusOf = async (runs: Runs, run: string): Promise<string | undefined> =>
  (await runs.state(run))?.state.status;

test('COMMIT-3 nobody reads a state of a run before it is durable; other runs are read meanwhile', async () => {
  const { runs, start, nextGate, close } = bench();
  await start('run_a');
  await start('run_b');
  close();
  const paused = runs.execute('run_a', { type: 'pause' }, by);
  const gate = await nextGate();
  let read: string | undefined;
  const reading = statusOf(runs, 'run_a').then((status) => (read = status));
  assert.equal(await statusOf(runs, 'run_b'), 'running');
  assert.equal(read, undefined, 'it waits for the commit');
  gate.open();
  assert.ok((await paused).ok);
  await reading;
  assert.equal(read, 'paused');
});

test('COMMIT-3 what could not be written is not read either', async () => {
  const { runs, start, nextGate, close } = bench();
  await start('run_a');
  close();
  const paused = runs.execute('run_a', { type: 'pause' }, by);
  const gate = await nextGate();
  const reading = statusOf(runs, 'run_a');
  gate.fail(new Error('the connection was lost'));
  await assert.rejects(paused, { message: 'the connection was lost' });
  assert.equal(await reading, 'running');
});
