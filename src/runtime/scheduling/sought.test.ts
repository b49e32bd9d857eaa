import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../../test/e2e/http-testbed.ts';
import { SoughtWork } from './sought.ts';

const agent = (id: string, ...capabilities: readonly string[]) =>
  passport(id, { kind: 'agent', capabilities, capacity: 3 });
const task = (requires: readonly string[], assign: unknown = 'best_fit') => ({
  id: 'a',
  task: { by: 'agent', requires, assign },
});
/** What was woken comes to its end: nothing of it waits for the clock. */
const settled = async () => {
  for (let at = 0; at < 50; at += 1) await new Promise(setImmediate);
};
const waits = async (bed: Testbed, who: string, ...capabilities: string[]) => {
  const asked = capabilities.length > 0 ? { waitSeconds: 60, capabilities } : { waitSeconds: 60 };
  const given = bed.ok(who, 'task.claim_next', asked);
  await settled();
  return given.then(({ task: found }) => found?.run);
};

test('what several polls of one passport ask for is one set, shared with all who ask for the same (SOUGHT-1)', () => {
  const sought = new SoughtWork();
  assert.ok(sought.add('one', ['b', 'a']));
  assert.ok(!sought.add('one', ['a', 'b']));
  assert.ok(sought.add('two', ['a', 'b', 'a']));
  assert.deepEqual([...(sought.of('one') ?? [])].sort(), ['a', 'b']);
  assert.equal(sought.of('one'), sought.of('two'));
  assert.ok(sought.add('one', ['c']));
  assert.deepEqual([...(sought.of('one') ?? [])].sort(), ['a', 'b', 'c']);
  assert.ok(sought.add('one', undefined));
  assert.equal(sought.of('one'), null);
  assert.ok(sought.delete('one', undefined));
  assert.ok(sought.delete('one', ['c']));
  assert.ok(!sought.delete('one', ['a', 'b']));
  assert.equal(sought.of('one'), sought.of('two'));
});

for (const when of ['enabled', 'late'] as const)
  test(`work is for who waits for such work, and for nobody who waits for other work (${when})`, async () => {
    const bed = await Testbed.open(agent('both', 'read', 'write'), agent('writer', 'write'));
    const write = await bed.define(task(['write'], { strategy: 'best_fit', when }));
    const start = async () => (await bed.ok('root', 'workflow.start', { definition: write })).id;
    const reads = waits(bed, 'both', 'read');
    await settled();
    const first = await start();
    assert.equal((await bed.taskOf(first)).status, when === 'late' ? 'created' : 'ready');
    assert.equal(await waits(bed, 'writer', 'write'), first);
    const writes = waits(bed, 'writer', 'write');
    await settled();
    const second = await start();
    assert.equal(await writes, second);
    const third = await bed.start(task(['read']));
    assert.equal(await reads, third);
    await bed.close();
  });

test('who waits for other work is absent, and the explanation says so', async () => {
  const bed = await Testbed.open(agent('both', 'read', 'write'));
  const reads = waits(bed, 'both', 'read');
  await settled();
  const explained = await bed.ok('root', 'routing.explain', { requires: ['write'], by: 'agent' });
  assert.match(JSON.stringify(explained), /is not waiting for such work/);
  bed.clock.move(60_000);
  await reads;
  await bed.close();
});

test('what is reserved for somebody who comes for other work alone goes to who is there for it (ABSENT-4)', async () => {
  const bed = await Testbed.open(agent('both', 'read', 'write'));
  const run = await bed.start(task(['write'], 'round_robin'));
  assert.equal((await bed.taskOf(run)).assignee, 'passport_both');
  await bed.add(agent('writer', 'write'));
  for (let at = 0; at < 4; at += 1) {
    const reads = waits(bed, 'both', 'read');
    assert.equal(
      (await bed.ok('writer', 'task.claim_next', { capabilities: ['write'] })).task?.run,
      undefined,
    );
    await settled();
    bed.clock.move(30_000);
    await settled();
    bed.clock.move(30_000);
    await reads;
    if ((await bed.taskOf(run)).assignee === 'passport_writer') break;
  }
  assert.equal((await bed.taskOf(run)).assignee, 'passport_writer');
  await bed.close();
});

test('a task that asks for no capability is kept for nobody who waits for some', async () => {
  const bed = await Testbed.open(agent('one', 'read'), agent('two'));
  const reads = waits(bed, 'one', 'read');
  await settled();
  const run = await bed.start(task([]));
  assert.equal((await bed.taskOf(run)).status, 'ready');
  assert.equal((await bed.ok('two', 'task.claim_next', {})).task?.run, run);
  bed.clock.move(60_000);
  assert.equal(await reads, undefined);
  await bed.close();
});
