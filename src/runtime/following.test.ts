import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { sha256 } from '../main/sha256.ts';
import { memoryStore } from '../store/memory/index.ts';
import type { TaskRow } from '../store/index.ts';
import { systemClock } from './clock.ts';
import { sealEvent } from './entries.ts';
import { Following } from './following.ts';

/** Follows a store that other nodes write to. `read` is called with the tasks that are read, before the rows are given. */
const follow = (t: TestContext, read: (ids: readonly string[]) => Promise<void>) => {
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
    onBehind: assert.fail,
    onFault: assert.fail,
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
