import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import { memoryStore } from '../store/memory/index.ts';

test('a list of runs in some status holds none that has left it by the time that it is shown', async () => {
  const store = memoryStore();
  const bed = new Testbed(store);
  await bed.runtime.start();
  await bed.add(passport('root', { roles: ['administrator'] }));
  const [one, two] = [
    await bed.start({ id: 'a', wait: { for: '1d' } }),
    await bed.start({ id: 'b', wait: { for: '1d' } }),
  ];
  const runs = store.runs.bind(store);
  store.runs = async (...asked) => {
    const page = await runs(...asked);
    store.runs = runs;
    await bed.ok('root', 'workflow.pause', { id: one });
    return page;
  };
  const { rows } = await bed.ok('root', 'workflow.list_runs', { status: ['running'] });
  assert.deepEqual(
    rows.map(({ id, status }) => [id, status]),
    [[two, 'running']],
  );
  await bed.close();
});
