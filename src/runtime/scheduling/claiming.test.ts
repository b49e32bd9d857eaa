import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calls } from '../../../test/e2e/calls.ts';
import { passport, Testbed } from '../../../test/e2e/http-testbed.ts';
import type { Passport } from '../../routing/index.ts';
import { StoreFault } from '../../store/index.ts';
import { memoryStore } from '../../store/memory/index.ts';

const agent = (id: string, changes: Partial<Passport> = {}) =>
  passport(id, { kind: 'agent', capabilities: ['read'], capacity: 5, ...changes });
const root = passport('root', { roles: ['administrator'] });
const reading = { id: 'a', task: { requires: ['read'], by: 'agent' } };
/** What was woken comes to its end: nothing of it waits for the clock. */
const settled = async () => {
  for (let at = 0; at < 50; at += 1) await new Promise(setImmediate);
};

/** A server that starts on so many runs, of which some cannot be read. */
const startOn = async (count: number, fault: (run: string, at: number) => Error | null) => {
  const store = memoryStore();
  const first = new Testbed(store);
  await first.runtime.start();
  await first.add(root, agent('one'), agent('two'));
  const runs: string[] = [];
  for (let at = 0; at < count; at += 1) runs.push(await first.start(reading));
  await first.close();
  const load = store.loadRun.bind(store);
  const reads: string[] = [];
  store.loadRun = async (run) => {
    reads.push(run);
    const said = fault(run, runs.indexOf(run));
    if (said) throw said;
    return load(run);
  };
  const bed = new Testbed(store);
  await bed.runtime.start();
  return { bed, runs, reads };
};
const damaged = () => new Error('this run cannot be read');

test('a run that cannot be read keeps nobody from the work behind it (CLAIMING-2)', async () => {
  const { bed, runs, reads } = await startOn(3, (_, at) => (at === 0 ? damaged() : null));
  assert.equal((await bed.ok('one', 'task.claim_next', {})).task?.run, runs[1]);
  assert.match(String(bed.faults.splice(0)), /cannot be read/);
  assert.equal((await bed.ok('two', 'task.claim_next', {})).task?.run, runs[2]);
  assert.deepEqual(reads, runs, 'it is not tried again at once');
  await bed.close();
});

test('whoever finds nothing but what cannot be read is told so, and it is offered again in a while', async () => {
  let isDamaged = true;
  const { bed, runs } = await startOn(1, () => (isDamaged ? damaged() : null));
  await assert.rejects(bed.ok('one', 'task.claim_next', { waitSeconds: 60 }), /cannot be read/);
  const waited = bed.ok('two', 'task.claim_next', { waitSeconds: 60 });
  await settled();
  isDamaged = false;
  bed.clock.move(10_000);
  assert.equal((await waited).task?.run, runs[0]);
  bed.faults.length = 0;
  await bed.close();
});

test('where everything fails a claim ends after a few tasks, and the next ones come further', async () => {
  const { bed, reads } = await startOn(30, () => damaged());
  await assert.rejects(bed.ok('one', 'task.claim_next', {}), /cannot be read/);
  assert.equal(new Set(reads).size, 10);
  await assert.rejects(bed.ok('one', 'task.claim_next', {}), /cannot be read/);
  assert.equal(new Set(reads).size, 20);
  bed.faults.length = 0;
  await bed.close();
});

test('where it may be the store that fails, a claim ends after the first task, which is set aside (CLAIMING-2)', async () => {
  const failed = () => new StoreFault('database_failed', 'The database is locked.', 'Wait.');
  const { bed, runs, reads } = await startOn(30, failed);
  await assert.rejects(bed.ok('one', 'task.claim_next', {}), /is locked/);
  assert.deepEqual(reads, runs.slice(0, 1));
  await assert.rejects(bed.ok('one', 'task.claim_next', {}), /is locked/);
  assert.deepEqual(reads, runs.slice(0, 2));
  await bed.close();
});

test('what failed for a moment with everything else is offered again a second later', async () => {
  let isLocked = true;
  const locked = () =>
    isLocked ? new StoreFault('database_failed', 'The database is locked.', 'Wait.') : null;
  const { bed, runs } = await startOn(1, locked);
  await assert.rejects(bed.ok('one', 'task.claim_next', {}), /is locked/);
  isLocked = false;
  const waited = bed.ok('two', 'task.claim_next', { waitSeconds: 60 });
  await settled();
  bed.clock.move(1000);
  assert.equal((await waited).task?.run, runs[0]);
  await bed.close();
});

test('while the store is away a claim fails at once, and leaves what it came for in line', async () => {
  let isAway = true;
  const away = () => (isAway ? new StoreFault('database_unavailable', 'It is away.', 'Wait.') : null);
  const { bed, runs, reads } = await startOn(3, away);
  await assert.rejects(bed.ok('one', 'task.claim_next', {}), StoreFault);
  assert.deepEqual(reads, runs.slice(0, 1));
  isAway = false;
  assert.equal((await bed.ok('one', 'task.claim_next', {})).task?.run, runs[0]);
  await bed.close();
});

test('what could not be claimed since the store was away goes to who came to wait meanwhile', async () => {
  let [hasFailed, answer] = [false, (): void => {}];
  const { bed, runs } = await startOn(1, () => null);
  const load = bed.store.loadRun.bind(bed.store);
  bed.store.loadRun = async (run) => {
    if (hasFailed) return load(run);
    hasFailed = true;
    await new Promise<void>((resolve) => (answer = resolve));
    throw new StoreFault('database_unavailable', 'It is away.', 'Wait.');
  };
  const failed = assert.rejects(bed.ok('one', 'task.claim_next', {}), StoreFault);
  await settled();
  const waited = bed.ok('two', 'task.claim_next', { waitSeconds: 60 });
  await settled();
  answer();
  await failed;
  bed.clock.move(1000);
  assert.equal((await waited).task?.run, runs[0]);
  await bed.close();
});

test('what is refused to a claimer goes to who came to wait meanwhile (CLAIMING-1)', async () => {
  const bed = await Testbed.open(agent('one'), agent('two'));
  const run = await bed.start(reading);
  const { runs } = bed.runtime;
  const execute = runs.execute.bind(runs);
  const waiting: Promise<{ readonly task: { readonly run: string } | null }>[] = [];
  runs.execute = async (...command) => {
    runs.execute = execute;
    waiting.push(bed.ok('two', 'task.claim_next', { waitSeconds: 60 }));
    await settled();
    await bed.ok('root', 'participant.update', { id: 'passport_one', status: 'suspended' });
    return execute(...command);
  };
  assert.equal(await bed.no('one', 'task.claim_next', {}), 'token_invalid');
  await settled();
  assert.equal((await bed.taskOf(run)).assignee, 'passport_two');
  assert.equal((await waiting[0])?.task?.run, run);
  await bed.close();
});

for (const polls of [2, 3, 5, 8])
  test(`of what is offered late each of ${polls} polls takes what the step allows, and none keeps another from it (LOAD-4)`, async () => {
    const bed = await Testbed.open(agent('one', { capacity: 10 }));
    const late = { strategy: 'offer', when: 'late', load: 1 };
    const definition = await bed.define({ id: 'a', task: { ...reading.task, assign: late } });
    const claims = calls(bed.runtime.runs, 'execute');
    const given: { readonly id: string; readonly token: number }[] = [];
    const poll = () =>
      void bed.ok('one', 'task.claim_next', { waitSeconds: 60 }).then(({ task }) => task && given.push(task));
    for (let at = 0; at < polls; at += 1) poll();
    await settled();
    const starts = Array.from({ length: 4 }, () => bed.ok('root', 'workflow.start', { definition }));
    await Promise.all(starts);
    for (let at = 1; at <= 4; at += 1) {
      await settled();
      assert.equal(given.length, at);
      const { id, token } = given[at - 1] ?? assert.fail();
      await bed.ok('one', 'task.complete', { id, token, output: null });
      poll();
    }
    await settled();
    assert.ok(claims.count < 16 * polls, `${claims.count} commands`);
    await bed.close();
  });

const officer = passport('officer', { roles: ['compliance'] });
const never = { id: 'never', on: 'task.assign', effect: 'deny', reason: 'not now', when: 'run.priority > 0' };

test('a poll that is refused what is allowed meanwhile asks for it again', async () => {
  const bed = await Testbed.open(officer, agent('one'));
  const run = await bed.start(reading);
  await bed.adopt({ policy: never }, 'running');
  const { runs } = bed.runtime;
  const execute = runs.execute.bind(runs);
  runs.execute = async (...command) => {
    runs.execute = execute;
    const refused = await execute(...command);
    assert.ok(!refused.ok && refused.rejection.code === 'policy_denied');
    await bed.adopt({ retire: 'never' }, 'running');
    return refused;
  };
  const { task } = await bed.ok('one', 'task.claim_next', { waitSeconds: 60 });
  assert.equal(task?.run, run);
  await bed.close();
});

test('what is held since its claim was refused is not in line, and not counted', async () => {
  const bed = await Testbed.open(officer, agent('one'), agent('two', { capacity: 1 }));
  const first = bed.ok('two', 'task.claim_next', { waitSeconds: 60 });
  await settled();
  const task = { ...reading.task, assign: { strategy: 'offer', when: 'late' } };
  const run = await bed.start({ id: 'a', task, forEach: [1, 2] });
  await first;
  assert.equal(bed.runtime.scheduler.backlog, 1);
  await bed.adopt({ policy: { ...never, when: 'candidate.id == "passport_one"' } }, 'running');
  assert.equal((await bed.ok('one', 'task.claim_next', {})).task, null);
  await settled();
  const { rows } = await bed.ok('root', 'task.list', { run, open: true });
  assert.deepEqual(rows.map(({ status }) => status).toSorted(), ['created', 'in_progress']);
  assert.equal(bed.runtime.scheduler.backlog, 0);
  await bed.close();
});

const nights = { zone: 'UTC', weekly: [{ days: [1, 2, 3, 4, 5], from: '22:00', to: '23:00' }], holidays: [] };
for (const [what, changes] of [
  ['that is busy', { status: 'busy' }],
  ['outside its working hours', { workingHours: nights }],
] as const)
  for (const strategy of ['best_fit', 'offer'] as const)
    test(`an agent ${what} is given nothing new, whether it waits or asks for what is there (${strategy})`, async () => {
      const bed = await Testbed.open(agent('one'));
      const reserved = await bed.start({ id: 'a', task: { ...reading.task, assign: 'round_robin' } });
      await bed.ok('root', 'participant.update', { id: 'passport_one', ...changes });
      assert.equal((await bed.ok('one', 'task.claim_next', {})).task?.run, reserved);
      const waited = bed.ok('one', 'task.claim_next', { waitSeconds: 60 });
      await settled();
      const run = await bed.start({ id: 'a', task: { ...reading.task, assign: strategy } });
      assert.equal((await bed.ok('one', 'task.claim_next', {})).task, null);
      const { id, status } = await bed.taskOf(run);
      assert.equal(status, 'ready');
      bed.clock.move(60_000);
      assert.equal((await waited).task, null);
      assert.equal((await bed.ok('one', 'task.claim', { id })).task.status, 'in_progress');
      await bed.close();
    });

test('whoever was full of what is reserved for it as work came is given that as it has less (CLAIMING-5)', async () => {
  const bed = await Testbed.open(agent('one', { capacity: 2 }));
  const turns = { id: 'a', task: { ...reading.task, assign: 'round_robin' } };
  const [paused, begun] = [await bed.start(turns), await bed.start(turns)];
  await bed.ok('root', 'workflow.pause', { id: paused, reason: 'not now' });
  const { task } = await bed.ok('one', 'task.claim_next', {});
  assert.equal(task?.run, begun);
  const waited = bed.ok('one', 'task.claim_next', { waitSeconds: 60 });
  await settled();
  const run = await bed.start(reading);
  assert.equal((await bed.taskOf(run)).status, 'ready');
  await bed.ok('one', 'task.complete', { id: task.id, token: task.token, output: null });
  await settled();
  assert.equal((await bed.taskOf(run)).status, 'in_progress');
  assert.equal((await waited).task?.run, run);
  await bed.close();
});
