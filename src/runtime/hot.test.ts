import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Testbed } from '../../test/e2e/http-testbed.ts';
import { readHot } from './hot.ts';

test('a run is read as one moment had it, also where another node goes on with it meanwhile', async () => {
  const bed = await Testbed.open();
  const run = await bed.start({ id: 'a', wait: { for: '1h' } });
  const { store } = bed;
  const [load, lastEntry] = [store.loadRun.bind(store), store.lastEntry.bind(store)];
  const state = (await bed.runtime.runs.state(run))?.state;
  const snapshot = { sequence: state?.sequence ?? 0, state: JSON.stringify(state) };
  let reads = 0;
  store.loadRun = async (id) => {
    reads += 1;
    return reads === 1 ? { snapshot, entries: [] } : load(id);
  };
  store.lastEntry = async (id) => {
    if (reads === 1) await bed.ok('root', 'workflow.pause', { id });
    return lastEntry(id);
  };
  const hot = await readHot(store, run, async () => ({}) as never);
  assert.deepEqual([hot?.head.sequence, hot?.state.status], [hot?.state.sequence, 'paused']);
  await bed.close();
});
