import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { sha256 } from '../../main/sha256.ts';
import { memoryStore } from '../../store/memory/index.ts';
import type { TaskRow } from '../../store/index.ts';
import { ChangeBuilder } from '../change.ts';
import { systemClock } from '../clock.ts';
import { EMPTY_HEAD, sealEvent } from '../entries.ts';
import { Following, type FollowingParts } from './following.ts';

/** Follows a store that other nodes write to. `read` is called with the tasks that are read, before the rows are given. */
const follow = (
  t: TestContext,
  read: (ids: readonly string[]) => Promise<void>,
  more: Partial<FollowingParts> = {},
) => {
  const store = memoryStore();
  const [told, ended]: [string[][], string[]] = [[], []];
  let hear = (): void => {};
  store.tasksNamed = async (ids) => {
    await read(ids);
    return ids.map((id) => ({ id }) as TaskRow);
  };
  const following = new Following({
    store,
    clock: systemClock,
    onEntry: () => {},
    onForeign: () => {},
    onPage: () => Promise.resolve(),
    onTasks: (rows) => {
      told.push(rows.map(({ id }) => id));
      hear();
    },
    onEnded: (task) => {
      ended.push(task);
      hear();
    },
    onSuspended: (task) => void ended.push(`${task} for now`),
    onBehind: assert.fail,
    onFault: assert.fail,
    ...more,
  });
  following.start(0);
  t.after(() => following.stop());
  let sequence = 0;
  const commit = async (...events: readonly (readonly [type: string, task: string])[]): Promise<void> => {
    const by = { actor: 'a', onBehalfOf: null, authority: { kind: 'role' as const, id: 'r' } };
    const expected = sequence;
    const entries = events.map(([type, task]) =>
      sealEvent(
        'run',
        { sequence: sequence++, hash: new Uint8Array(32) },
        { type, version: 1, at: 0, by, layer: 'execute', data: { task } },
        sha256,
      ),
    );
    await store.commit([{ stream: 'run', expected, entries }]);
    following.wake();
  };
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      hear = () => holds() && resolve();
      hear();
    });
  return { following, commit, told, ended, until };
};

/** A change of this node that writes one task. */
const changing = (task: string): ChangeBuilder => {
  const change = new ChangeBuilder('run', EMPTY_HEAD, sha256);
  change.put({ id: task } as TaskRow);
  return change;
};

test('NODE-3 what has ended is told without being read', { timeout: 10_000 }, async (t) => {
  const { commit, told, ended, until } = follow(t, () => Promise.resolve());
  await commit(
    ['task.created', 'one'],
    ['task.created', 'two'],
    ['task.started', 'one'],
    ['task.completed', 'one'],
  );
  await until(() => told.length > 0);
  assert.deepEqual({ told, ended }, { told: [['two']], ended: ['one'] });
});

test('NODE-3 a row that is read while its task ends is not told', { timeout: 10_000 }, async (t) => {
  const reads: (readonly string[])[] = [];
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const { promise: answers, resolve: answer } = Promise.withResolvers<void>();
  const { following, commit, told, ended, until } = follow(t, async (ids) => {
    reads.push(ids);
    ask();
    if (reads.length === 1) await answers;
  });
  const read = following.read(new Set(['one', 'two']));
  await asked;
  await commit(['task.completed', 'one']);
  await until(() => ended.length > 0);
  answer();
  await read;
  assert.deepEqual(
    { told, ended, reads },
    { told: [['two'], ['one']], ended: ['one'], reads: [['one', 'two'], ['one']] },
  );
});

test('NODE-3 what is suspended while its row is read is held no longer, and its row is read again', async (t) => {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const { promise: answers, resolve: answer } = Promise.withResolvers<void>();
  const { following, commit, told, ended, until } = follow(t, () => (ask(), answers));
  const read = following.read(new Set(['one', 'two']));
  await asked;
  await commit(['task.suspended', 'one'], ['task.completed', 'two'], ['task.resumed', 'one']);
  await until(() => ended.length === 2);
  answer();
  await read;
  assert.deepEqual({ ended, first: told[0] }, { ended: ['one for now', 'two'], first: [] });
  await until(() => told.flat().includes('one'));
});

test('NODE-3 a row that is read while this node writes it is read again', { timeout: 10_000 }, async (t) => {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const { promise: answers, resolve: answer } = Promise.withResolvers<void>();
  const { following, told } = follow(t, () => (ask(), answers));
  const read = following.read(new Set(['one', 'two']));
  await asked;
  following.committed([{ change: changing('one'), position: null }]);
  answer();
  await read;
  assert.deepEqual(told, [['two'], ['one']]);
});

test(
  'NODE-1 entries of a page that could not be told are told again, and each is followed once',
  { timeout: 10_000 },
  async (t) => {
    const [followed, pages, faults]: [number[], number[][], unknown[]] = [[], [], []];
    const again = Promise.withResolvers<void>();
    const { commit, following } = follow(t, () => Promise.resolve(), {
      onEntry: ({ position }) => void followed.push(position),
      onPage: async (entries) => {
        pages.push(entries.map(({ position }) => position));
        if (pages.length === 1) throw new Error('away');
        again.resolve();
      },
      onFault: (fault) => {
        faults.push(fault);
        following.wake();
      },
    });
    await commit(['task.created', 'one']);
    await again.promise;
    assert.deepEqual(
      { followed, pages, faults: faults.length },
      { followed: [0], pages: [[0], [0]], faults: 1 },
    );
  },
);

test(
  'NODE-5 a node is current until a look fails or has no answer, and again once one works',
  {
    timeout: 10_000,
  },
  async (t) => {
    const store = memoryStore();
    const count = store.entryCount.bind(store);
    let [now, answer] = [0, count];
    let looked = Promise.withResolvers<void>();
    store.entryCount = async () => {
      looked.resolve();
      return answer();
    };
    const following = new Following({
      store,
      clock: { ...systemClock, now: () => now },
      onEntry: () => {},
      onForeign: () => {},
      onPage: () => Promise.resolve(),
      onTasks: () => {},
      onEnded: () => {},
      onSuspended: () => {},
      onBehind: assert.fail,
      onFault: () => {},
    });
    const look = async (): Promise<void> => {
      looked = Promise.withResolvers();
      now += 1000;
      following.wake();
      await looked.promise;
      await new Promise(setImmediate);
    };
    following.start(0);
    t.after(() => following.stop());
    await looked.promise;
    await look();
    assert.equal(following.isCurrent, true);
    answer = () => Promise.reject(new Error('away'));
    await look();
    assert.equal(following.isCurrent, false, 'it has failed');
    answer = count;
    await look();
    assert.equal(following.isCurrent, true, 'it is back');
    const late = Promise.withResolvers<number>();
    answer = () => late.promise;
    await look();
    assert.equal(following.isCurrent, true, 'it may still come');
    now += 5000;
    assert.equal(following.isCurrent, false, 'it does not come');
    answer = count;
    late.resolve(0);
    await look();
    assert.equal(following.isCurrent, true);
  },
);
