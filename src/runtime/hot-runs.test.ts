import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import { HotRuns } from './hot-runs.ts';

const open = async () => {
  const bed = await Testbed.open(passport('bot', { kind: 'agent', capabilities: ['read'], capacity: 50 }));
  const { store, runtime } = bed;
  const loads: string[] = [];
  const load = store.loadRun.bind(store);
  store.loadRun = (run) => {
    loads.push(run);
    return load(run);
  };
  const hot = (mostBytes: number, underWay: () => Promise<void> | null = () => null) =>
    new HotRuns({
      store,
      graphs: (definition) => runtime.organisation.graph(definition),
      committer: { underWay },
      mostBytes,
    });
  return { bed, loads, load, hot };
};
const task = { requires: ['read'], by: 'agent' };

test('a run that has ended is not in memory, and is read again when it is asked for (HOT-1)', async () => {
  const { bed, loads } = await open();
  const run = await bed.start({ id: 'a', task }, { id: 'b', task });
  for (const ended of [false, true]) {
    const { task: held } = await bed.ok('bot', 'task.claim_next', { leaseSeconds: 60 });
    const { id, token } = held as NonNullable<typeof held>;
    await bed.ok('bot', 'task.complete', { id, token, output: 'x'.repeat(60_000) });
    loads.length = 0;
    assert.equal((await bed.runtime.runs.state(run))?.state.status, ended ? 'completed' : 'running');
    assert.deepEqual(loads, ended ? [run] : []);
  }
  await bed.close();
});

test('runs in memory are weighed, and the least used of them go; what is asked for stays, whatever it weighs (HOT-1)', async () => {
  const { bed, loads, hot } = await open();
  const runs = [await bed.start({ id: 'a', task }), await bed.start({ id: 'a', task })];
  const [one, two] = runs as [string, string];
  const small = hot(10);
  assert.equal((await small.read(one))?.state.run, one);
  assert.ok(small.get(one));
  await small.read(two);
  assert.deepEqual([small.get(one), small.get(two)?.state.run], [undefined, two]);
  const large = hot(1_000_000);
  await large.read(one);
  await large.read(two);
  const grown = large.get(one);
  assert.ok(grown && large.get(two));
  grown.bytesSince += 2_000_000;
  large.get(one);
  assert.ok(large.get(two), 'none goes while commands are prepared');
  large.committed(two);
  assert.deepEqual([large.get(one), large.get(two)?.state.run], [undefined, two]);
  loads.length = 0;
  await large.read(one);
  assert.ok(large.get(two), 'what has gone weighs nothing');
  assert.deepEqual(loads, [one]);
  await bed.close();
});

test('what was read while a run was written or dropped is read again (HOT-3)', async () => {
  const { bed, loads, load, hot } = await open();
  const { store } = bed;
  const run = await bed.start({ id: 'a', wait: { for: '1h' } });
  const runs = hot(1_000_000);
  store.loadRun = async (id) => {
    loads.push(id);
    const found = await load(id);
    if (loads.length === 1) {
      await bed.ok('root', 'workflow.cancel', { id });
      runs.set(id, (await hot(1).read(id)) as never);
      runs.committed(id);
    }
    return found;
  };
  loads.length = 0;
  assert.equal((await runs.read(run))?.state.status, 'cancelled');
  await bed.close();
});

test('what was taken out of the store while it was read for the first time is not kept (HOT-3)', async () => {
  const { bed, load, hot } = await open();
  const { store } = bed;
  const run = await bed.start({ id: 'a', wait: { for: '1h' } });
  const runs = hot(1_000_000);
  let isThere = true;
  store.loadRun = async (id) => {
    const found = isThere ? await load(id) : null;
    if (isThere) runs.drop(id);
    isThere = false;
    return found;
  };
  assert.equal(await runs.read(run), null);
  assert.equal(runs.get(run), undefined);
  await bed.close();
});
