import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../../test/e2e/http-testbed.ts';
import { StoreFault } from '../../store/index.ts';
import { memoryStore } from '../../store/memory/index.ts';

const clerk = (id: string, changes = {}) => passport(id, { roles: ['clerk'], capacity: 9, ...changes });
const agent = (id: string, capabilities = ['read']) => passport(id, { kind: 'agent', capabilities });
const turns = { id: 'a', task: { by: 'human', from: 'role:clerk', assign: 'round_robin' } };

const goesTo = (bed: Testbed, run: string, who: string) =>
  bed.until(async () => (await bed.taskOf(run)).assignee === `passport_${who}`);

test('what is reserved for somebody who is suspended goes to somebody else, with the reason in the record (REROUTE-2)', async () => {
  const bed = await Testbed.open(clerk('ann'), clerk('bo'));
  const run = await bed.start(turns);
  assert.equal((await bed.taskOf(run)).assignee, 'passport_ann');
  await bed.ok('root', 'participant.update', { id: 'passport_ann', status: 'suspended' });
  await goesTo(bed, run, 'bo');
  const { events } = await bed.ok('root', 'run.events', { id: run });
  const released = events.find(({ type }) => type === 'task.released');
  assert.match(JSON.stringify(released?.payload['reason']), /suspended/);
  assert.deepEqual(released?.authority, {
    kind: 'definition',
    id: released?.authority.id,
    version: '1',
  });
  await bed.close();
});

test('what is reserved for somebody who is away goes to their substitute, and stays where it is for a change that does not matter', async () => {
  const bed = await Testbed.open(clerk('ann'), passport('sam', { capacity: 9 }));
  const run = await bed.start(turns);
  const { token } = await bed.taskOf(run);
  await bed.ok('root', 'participant.update', { id: 'passport_ann', name: 'Ann' });
  await bed.ok('root', 'participant.update', { id: 'passport_sam', groups: ['x'] });
  assert.equal((await bed.taskOf(run)).token, token);
  const away = { id: 'passport_ann', status: 'away', substitute: 'passport_sam' } as const;
  await bed.ok('ann', 'participant.set_availability', away);
  await goesTo(bed, run, 'sam');
  await bed.close();
});

test('a run that nobody could help goes on by itself when somebody can (REROUTE-1)', async () => {
  const bed = await Testbed.open(passport('ann', { capacity: 9 }), agent('bot', []));
  const run = await bed.start(turns);
  assert.equal(
    (await bed.taskOf(run)).status,
    'created',
    'a strategy is to choose: it is not open to whoever comes',
  );
  const { verdict } = await bed.ok('root', 'workflow.get_run', { id: run });
  assert.equal(verdict.verdict, 'stranded');
  assert.match(verdict.missing?.join() ?? '', /nobody is role:clerk/);
  await bed.ok('root', 'participant.update', { id: 'passport_ann', roles: ['clerk'] });
  await goesTo(bed, run, 'ann');

  const reading = await bed.start({
    id: 'a',
    task: { requires: ['read'], by: 'agent', assign: 'round_robin' },
  });
  await bed.ok('root', 'participant.update', { id: 'passport_bot', capabilities: ['read'] });
  await goesTo(bed, reading, 'bot');
  const { task } = await bed.ok('bot', 'task.claim_next', {});
  assert.deepEqual(
    [task?.run, task?.status],
    [reading, 'in_progress'],
    'whoever it is reserved for is given it first',
  );
  await bed.close();
});

test('people for whom the best is chosen are given what nobody could take before, as soon as somebody can (REROUTE-1)', async () => {
  const bed = await Testbed.open(passport('ann', { capacity: 1 }), passport('bo'));
  const best = { id: 'a', task: { by: 'human', from: 'role:later', assign: 'best_fit' } };
  const run = await bed.start(best);
  assert.equal((await bed.taskOf(run)).status, 'created');
  await bed.ok('root', 'participant.update', { id: 'passport_ann', roles: ['later'] });
  await goesTo(bed, run, 'ann');
  const more = await bed.start(best);
  assert.equal((await bed.taskOf(more)).status, 'created', 'she has as much as she can');
  await bed.ok('root', 'participant.update', { id: 'passport_bo', roles: ['later'] });
  await goesTo(bed, more, 'bo');
  await bed.ok('ann', 'task.release', { id: (await bed.taskOf(run)).id });
  await goesTo(bed, run, 'bo');
  await bed.close();
});

test('what is held back in a run that is paused does not stand in the way of others, and goes on with it', async () => {
  const bed = await Testbed.open(passport('ann', { capacity: 9 }));
  const [paused, other] = [await bed.start(turns), await bed.start(turns)];
  await bed.ok('root', 'workflow.pause', { id: paused });
  await bed.ok('root', 'participant.update', { id: 'passport_ann', roles: ['clerk'] });
  await goesTo(bed, other, 'ann');
  assert.equal((await bed.taskOf(paused)).status, 'created');
  await bed.ok('root', 'workflow.resume', { id: paused });
  await goesTo(bed, paused, 'ann');
  await bed.close();
});

test('reserved for an agent that waits is begun at once; one that is not heard of any more loses it', async () => {
  const bed = await Testbed.open(agent('one'), agent('two'));
  const step = { id: 'a', task: { requires: ['read'], by: 'agent', assign: 'round_robin' } };
  await bed.ok('one', 'task.claim_next', {});
  const run = await bed.start(step);
  const { assignee } = await bed.taskOf(run);
  const other = assignee === 'passport_one' ? 'two' : 'one';
  await bed.ok((assignee ?? '').slice(9), 'participant.heartbeat', {});
  await bed.ok(other, 'participant.heartbeat', {});
  bed.clock.move(60_000);
  await bed.ok(other, 'participant.heartbeat', {});
  bed.clock.move(40_000);
  await goesTo(bed, run, other);
  await bed.close();
});

const reading = (assign: unknown = 'round_robin') => ({
  id: 'a',
  task: { requires: ['read'], by: 'agent', assign },
});
/** What was woken comes to its end: nothing of it waits for the clock. */
const settled = async () => {
  for (let at = 0; at < 50; at += 1) await new Promise(setImmediate);
};

test('what is reserved for an agent that nobody has heard of goes to one that is there; while none is, it stays', async () => {
  const bed = await Testbed.open(agent('one'), agent('two'));
  const run = await bed.start(reading());
  const { assignee, token } = await bed.taskOf(run);
  for (let minutes = 0; minutes < 15; minutes += 1) {
    bed.clock.move(60_000);
    await settled();
  }
  assert.equal((await bed.taskOf(run)).token, token, 'it does not go to and fro among those who are away');
  const waited = bed.ok(assignee === 'passport_one' ? 'two' : 'one', 'task.claim_next', { waitSeconds: 60 });
  await settled();
  bed.clock.move(59_000);
  await settled();
  bed.clock.move(1000);
  const again = (await waited).task
    ? waited
    : bed.ok(assignee === 'passport_one' ? 'two' : 'one', 'task.claim_next', { waitSeconds: 60 });
  await settled();
  bed.clock.move(59_000);
  assert.equal((await again).task?.run, run);
  await bed.close();
});

test('an agent that holds a lease is alive, whoever has heard of it: what is reserved for it stays', async () => {
  const bed = await Testbed.open(agent('one'), agent('two'));
  const [first, other] = [await bed.start(reading()), await bed.start(reading())];
  const who = ((await bed.taskOf(first)).assignee ?? '').slice(9);
  const friend = ((await bed.taskOf(other)).assignee ?? '').slice(9);
  await bed.ok('root', 'participant.update', { id: `passport_${who}`, capacity: 2 });
  const { task } = await bed.ok(who, 'task.claim_next', { leaseSeconds: 600 });
  assert.equal(task?.run, first);
  const next = await bed.start(reading());
  assert.equal((await bed.taskOf(next)).assignee, `passport_${who}`);
  await bed.ok('root', 'participant.update', { id: `passport_${friend}`, capacity: 9 });
  const { token } = await bed.taskOf(next);
  for (let minutes = 0; minutes < 9; minutes += 1) {
    await bed.ok(friend, 'participant.heartbeat', {});
    bed.clock.move(60_000);
    await settled();
  }
  assert.equal((await bed.taskOf(next)).token, token, 'it is at work');
  for (let minutes = 0; minutes < 3; minutes += 1) {
    await bed.ok(friend, 'participant.heartbeat', {});
    bed.clock.move(60_000);
    await settled();
  }
  await goesTo(bed, next, friend);
  await bed.close();
});

test('one that cannot move does not stand in the way of others that ask for the same (REROUTE-3)', async () => {
  const bed = await Testbed.open(clerk('ann', { capacity: 2 }));
  const [first] = [await bed.start(turns), await bed.start(turns)];
  const late = { strategy: 'round_robin', when: 'late', load: 1 };
  const stuck = await bed.start({ id: 'a', task: { ...turns.task, assign: late } });
  const run = await bed.start(turns);
  await bed.ok('root', 'workflow.cancel', { id: first });
  await goesTo(bed, run, 'ann');
  assert.equal((await bed.taskOf(stuck)).status, 'created');

  for (let at = 0; at < 9; at += 1) await bed.start(turns);
  const { runs } = bed.runtime;
  const execute = runs.execute.bind(runs);
  let routed = 0;
  runs.execute = (id, command, ...more) => {
    if (command.type === 'task.route') routed += 1;
    return execute(id, command, ...more);
  };
  await bed.ok('root', 'workflow.cancel', { id: run });
  await settled();
  assert.equal(routed, 2, 'nothing more is asked about once she is full');
  await bed.close();
});

test('what is held by the commit that makes somebody free goes to them', async () => {
  const bed = await Testbed.open(clerk('ann', { capacity: 1 }));
  const run = await bed.start(turns, { ...turns, id: 'b' });
  const { id, token } = await bed.taskOf(run);
  await bed.ok('ann', 'task.start', { id });
  await bed.ok('ann', 'task.complete', { id, token: (await bed.taskOf(run)).token ?? token, output: 1 });
  await goesTo(bed, run, 'ann');
  await bed.close();
});

test('whoever comes while that is written which was held for want of them gets it (REROUTE-6)', async () => {
  const store = memoryStore();
  const commit = store.commit.bind(store);
  const bed = new Testbed(store);
  await bed.runtime.start();
  await bed.add(passport('root', { roles: ['administrator'] }), agent('bot'));
  const definition = await bed.define(reading({ strategy: 'round_robin', when: 'late' }));
  const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  store.commit = async (changes) => {
    asked.resolve();
    await answer.promise;
    return commit(changes);
  };
  const started = bed.ok('root', 'workflow.start', { definition });
  await asked.promise;
  const waited = bed.ok('bot', 'task.claim_next', { waitSeconds: 60 });
  await settled();
  answer.resolve();
  assert.equal((await waited).task?.run, (await started).id);
  await bed.close();
});

test('whoever stands in for somebody, or leads them, gets what was held for want of one', async () => {
  const bed = await Testbed.open(clerk('ann', { status: 'away' }), passport('sam'), passport('max'));
  const run = await bed.start(turns);
  assert.equal((await bed.taskOf(run)).status, 'created');
  const away = { id: 'passport_ann', status: 'away', substitute: 'passport_sam' } as const;
  await bed.ok('root', 'participant.set_availability', away);
  await goesTo(bed, run, 'sam');
  const led = await bed.start({
    id: 'a',
    task: { by: 'human', from: 'manager_of:passport_ann', assign: 'round_robin' },
  });
  assert.equal((await bed.taskOf(led)).status, 'created');
  await settled();
  await bed.ok('root', 'participant.update', { id: 'passport_ann', manager: 'passport_max' });
  await goesTo(bed, led, 'max');
  await bed.close();
});

const EVENING = Date.parse('2027-03-01T19:00:00Z');
const office = {
  zone: 'UTC',
  weekly: [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00' }],
  holidays: [],
};

test('what waits for the working hours of people goes to them as these begin', async () => {
  const bed = await Testbed.open(clerk('ann', { workingHours: office }));
  bed.clock.move(EVENING - bed.clock.now());
  const run = await bed.start({
    id: 'a',
    task: { ...turns.task, assign: { strategy: 'round_robin', when: 'late' } },
  });
  assert.equal((await bed.taskOf(run)).status, 'created');
  bed.clock.move(14 * 3_600_000 - 60_000);
  assert.equal((await bed.taskOf(run)).status, 'created');
  bed.clock.move(60_000);
  await goesTo(bed, run, 'ann');
  await bed.close();
});

test('an agent that waits is given work as its working hours begin', async () => {
  const bed = await Testbed.open(
    passport('bot', { kind: 'agent', capabilities: ['read'], workingHours: office }),
  );
  bed.clock.move(EVENING + 14 * 3_600_000 - 20_000 - bed.clock.now());
  const run = await bed.start({ id: 'a', task: { requires: ['read'], by: 'agent', assign: 'offer' } });
  const waited = bed.ok('bot', 'task.claim_next', { waitSeconds: 60 });
  await new Promise(setImmediate);
  assert.equal((await bed.taskOf(run)).status, 'ready');
  bed.clock.move(20_000);
  assert.equal((await waited).task?.run, run);
  await bed.close();
});

test('a start does not wait for what is held back, which goes on once it is read, and not where it was given out meanwhile (REROUTE-4)', async () => {
  const store = memoryStore();
  const before = new Testbed(store);
  await before.runtime.start();
  await before.add(passport('root', { roles: ['administrator'] }), passport('ann', { capacity: 9 }));
  const [first, second] = [await before.start(turns), await before.start(turns)];
  await before.close();

  const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const tasks = store.tasks.bind(store);
  store.tasks = async (filter, page) => {
    const rows = await tasks(filter, page);
    if (!filter.status?.includes('created')) return rows;
    asked.resolve();
    await answer.promise;
    return rows;
  };
  const after = new Testbed(store);
  await after.runtime.start();
  await asked.promise;
  assert.equal((await after.taskOf(first)).status, 'created');
  await after.ok('root', 'workflow.cancel', { id: second });
  await after.ok('root', 'participant.update', { id: 'passport_ann', roles: ['clerk'] });
  answer.resolve();
  await goesTo(after, first, 'ann');
  assert.equal((await after.ok('root', 'workflow.get_run', { id: second })).status, 'cancelled');
  await after.close();
});

test('what routing was asked about while the store failed, it is asked about again', async () => {
  const store = memoryStore();
  const commit = store.commit.bind(store);
  let failing: string | null = null;
  store.commit = async (changes) => {
    if (!changes.some(({ stream }) => stream === failing)) return commit(changes);
    failing = null;
    throw new StoreFault('database_unavailable', 'It is away.', 'Wait.');
  };
  const bed = new Testbed(store);
  await bed.runtime.start();
  await bed.add(passport('root', { roles: ['administrator'] }));
  await bed.add(passport('ann', { capacity: 9 }), clerk('bo', { status: 'suspended' }));
  const run = await bed.start(turns);
  const failsOnce = async (id: string, changes: object) => {
    failing = run;
    await bed.ok('root', 'participant.update', { id, ...changes });
    await bed.until(() => bed.faults.splice(0).length === 1);
    bed.clock.move(1000);
  };
  await failsOnce('passport_ann', { roles: ['clerk'] });
  await goesTo(bed, run, 'ann');
  await bed.ok('root', 'participant.update', { id: 'passport_bo', status: 'available' });
  await failsOnce('passport_ann', { status: 'suspended' });
  await goesTo(bed, run, 'bo');
  await bed.close();
});

test('what a run that was paused has to undo is given out once it closes, though somebody had asked in vain', async () => {
  const bed = await Testbed.open(agent('bot'));
  const task = { requires: ['read'], by: 'agent' };
  const run = await bed.start({ id: 'a', task, compensate: { task } }, { id: 'b', task });
  const { task: done } = await bed.ok('bot', 'task.claim_next', {});
  await bed.ok('bot', 'task.complete', { id: done!.id, token: done!.token, output: 1 });
  await bed.ok('root', 'workflow.rollback', { id: run, phase: 'p0' });
  await bed.ok('root', 'workflow.pause', { id: run });
  assert.equal((await bed.ok('bot', 'task.claim_next', {})).task, null);
  assert.equal((await bed.ok('root', 'workflow.cancel', { id: run })).status, 'closing');
  const { task: undone } = await bed.ok('bot', 'task.claim_next', {});
  assert.equal(undone?.step, 'p0.a.compensate');
  await bed.close();
});

test('what cannot be read keeps nothing else where it is, and is moved once it can be (REROUTE-8)', async () => {
  const store = memoryStore();
  const first = new Testbed(store);
  await first.runtime.start();
  const root = passport('root', { roles: ['administrator'] });
  await first.add(root, clerk('ann', { capacity: 2 }), clerk('bo', { status: 'suspended' }));
  const reserved = [await first.start(turns), await first.start(turns)];
  const held = [await first.start(turns), await first.start(turns)];
  await first.close();
  let damaged = [reserved[0], held[0]];
  const load = store.loadRun.bind(store);
  store.loadRun = async (run) => {
    if (damaged.includes(run)) throw new Error('this run cannot be read');
    return load(run);
  };
  const bed = new Testbed(store);
  await bed.runtime.start();
  await bed.ok('root', 'participant.update', { id: 'passport_bo', status: 'available' });
  await goesTo(bed, held[1]!, 'bo');
  await bed.ok('root', 'participant.update', { id: 'passport_ann', status: 'suspended' });
  await goesTo(bed, reserved[1]!, 'bo');
  assert.equal((await bed.taskOf(reserved[0]!)).assignee, 'passport_ann');
  damaged = [];
  bed.clock.move(10_000);
  for (const run of [reserved[0]!, held[0]!]) await goesTo(bed, run, 'bo');
  bed.faults.length = 0;
  await bed.close();
});
