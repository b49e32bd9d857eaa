import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const HOUR = 3_600_000;
const WORK = { id: 'a', task: { by: 'human', from: 'role:clerk' } };

test('a run that waits for its start says for whom, until when and why, in lists too', async () => {
  const bed = await Testbed.open(
    passport('officer', { roles: ['compliance'] }),
    passport('chief', { roles: ['chief', 'operator'] }),
  );
  const policy = {
    id: 'high-cost',
    on: 'run.start',
    effect: 'require_approval',
    from: 'role:chief',
    within: '2h',
  };
  await bed.adopt({ policy });
  const id = await bed.start(WORK);
  const deadline = bed.clock.now() + 2 * HOUR;
  const run = await bed.ok('root', 'workflow.get_run', { id });
  assert.deepEqual(run.launch, {
    reasons: ['high-cost'],
    approvals: [{ from: ['role:chief'], quorum: 1, decided: [], deadline }],
  });
  const reason = `The start waits for role:chief until 2026-01-05T11:00:00.000Z, because high-cost: humanos approve ${id}`;
  assert.deepEqual(run.verdict, { verdict: 'awaiting_approval', reason });
  const { rows } = await bed.ok('root', 'workflow.list_runs', {});
  assert.deepEqual(rows[0]?.verdict, run.verdict);
  await bed.ok('chief', 'workflow.approve', { id });
  assert.equal((await bed.ok('root', 'workflow.get_run', { id })).launch, null);
  await bed.close();
});

test('a run that was started on hold says how it is let begin', async () => {
  const bed = await Testbed.open(passport('operator', { roles: ['operator'] }));
  const definition = await bed.define(WORK);
  const { id } = await bed.ok('root', 'workflow.start', { definition, hold: true });
  const run = await bed.ok('root', 'workflow.get_run', { id });
  assert.equal(run.launch, null);
  assert.equal(run.verdict.reason, `The start waits for an approval: humanos approve ${id}`);
  await bed.close();
});

test('a run whose start nobody has to approve says how it is, also to whoever started it', async () => {
  const bed = await Testbed.open();
  const id = await bed.start({ id: 'a', wait: { signal: 'go' } });
  assert.equal(await bed.no('root', 'workflow.approve', { id }), 'run_status');
  await bed.ok('root', 'workflow.cancel', { id });
  assert.equal(await bed.no('root', 'workflow.approve', { id }), 'run_status');
  await bed.close();
});

test('a start that too few people could approve is stranded, and says who is missing, until they are there', async () => {
  const chief = (name: string) => passport(name, { roles: ['chief', 'operator'] });
  const bed = await Testbed.open(passport('officer', { roles: ['compliance'] }), chief('one'));
  const verdict = async (id: string) => {
    const { verdict } = await bed.ok('root', 'workflow.get_run', { id });
    const { rows } = await bed.ok('root', 'workflow.list_runs', {});
    assert.deepEqual(rows.find((row) => row.id === id)?.verdict, verdict);
    return verdict;
  };
  const definition = await bed.define(WORK);
  const asks = { id: 'high-cost', on: 'run.start', effect: 'require_approval' };
  await bed.adopt({ policy: { ...asks, from: 'role:chief' } });
  const own = (await bed.ok('one', 'workflow.start', { definition })).id;
  const { verdict: is, missing, reason } = await verdict(own);
  assert.equal(is, 'stranded', 'who started it does not approve it');
  assert.match(missing?.join() ?? '', /a person who is role:chief and did not start the run/);
  assert.match(reason, /^Nobody can approve the start/);
  await bed.adopt({ policy: { ...asks, from: 'role:chief', quorum: 2 } });
  const both = (await bed.ok('root', 'workflow.start', { definition })).id;
  assert.match((await verdict(both)).missing?.join() ?? '', /^2 times a person who is role:chief/);
  await bed.ok('one', 'workflow.approve', { id: both });
  assert.match((await verdict(both)).missing?.join() ?? '', /^a person/, 'who has approved is no help');
  await bed.add(chief('two'));
  assert.deepEqual(
    [(await verdict(own)).verdict, (await verdict(both)).verdict],
    Array(2).fill('awaiting_approval'),
  );
  await bed.ok('root', 'participant.suspend', { id: 'passport_two' });
  assert.equal((await verdict(own)).verdict, 'stranded');
  const held = (await bed.ok('one', 'workflow.start', { definition: await bed.define(WORK), hold: true })).id;
  assert.equal((await verdict(held)).verdict, 'stranded', 'the policy asks for chiefs');
  await bed.close();
});

test('a nested run whose start waits is stopped with the run that it belongs to, and waits again when that goes on', async () => {
  const bed = await Testbed.open(
    passport('officer', { roles: ['compliance'] }),
    passport('chief', { roles: ['chief', 'operator'] }),
  );
  const definition = await bed.define(WORK);
  const nested = { id: 'nested', on: 'run.start', when: 'parent != null' };
  await bed.adopt({ policy: { ...nested, effect: 'require_approval', from: 'role:chief', within: '2h' } });
  const parent = await bed.start({ id: 'a', workflow: { definition } });
  const child = async () => (await bed.ok('root', 'workflow.list_runs', { parent })).rows[0];
  const becomes = (status: string) => bed.until(async () => (await child())?.status === status);
  await becomes('pending_approval');
  const id = (await child())?.id ?? '';
  await bed.ok('root', 'workflow.stop', { id: parent });
  await becomes('stopped');
  assert.equal(await bed.no('chief', 'workflow.approve', { id }), 'run_status');
  bed.clock.move(3 * HOUR);
  await bed.ok('root', 'workflow.resume', { id: parent });
  await becomes('pending_approval');
  const { launch } = await bed.ok('root', 'workflow.get_run', { id });
  assert.equal(launch?.approvals[0]?.deadline, bed.clock.now() + 2 * HOUR, 'the time that was left');
  await bed.ok('chief', 'workflow.approve', { id });
  assert.equal((await child())?.status, 'running');
  await bed.close();
});

test('who has to approve a start finds it, until their approval would not count', async () => {
  const chief = (name: string) => passport(name, { roles: ['chief'] });
  const bed = await Testbed.open(
    passport('officer', { roles: ['compliance'] }),
    chief('one'),
    chief('two'),
    passport('operator', { roles: ['operator'] }),
    passport('robot', { kind: 'agent', roles: ['chief', 'operator'] }),
  );
  const found = async (who: string, more = {}) =>
    (await bed.ok(who, 'workflow.list_runs', { awaits: 'me', ...more })).rows.map(({ id }) => id);
  const under = async (who: string, id: string) =>
    (await bed.ok(who, 'workflow.list_runs', { awaits: 'me' }, { delegation: id })).rows.length;
  const all = () => Promise.all(['one', 'two', 'operator', 'robot', 'root'].map((who) => found(who)));
  const definition = await bed.define(WORK);
  const held = (await bed.ok('root', 'workflow.start', { definition, hold: true })).id;
  assert.deepEqual(
    await all(),
    [[], [], [held], [], []],
    'nobody is named: whoever approves runs, and has not started it',
  );
  const lent = await bed.ok('operator', 'delegation.create', { to: 'passport_one' });
  assert.equal(await under('one', lent.id), 1, 'with the rights that it lends');
  await bed.ok('root', 'participant.suspend', { id: 'passport_operator' });
  assert.deepEqual(
    await found('root', { awaits: 'passport_operator' }),
    [],
    'who may not act decides on nothing',
  );
  await bed.ok('root', 'participant.unsuspend', { id: 'passport_operator' });
  await bed.ok('operator', 'workflow.approve', { id: held });
  const policy = {
    id: 'high-cost',
    on: 'run.start',
    effect: 'require_approval',
    from: 'role:chief',
    quorum: 2,
  };
  await bed.adopt({ policy });
  const named = (await bed.ok('root', 'workflow.start', { definition })).id;
  assert.deepEqual(await all(), [[named], [named], [], [], []]);
  assert.deepEqual(await found('one', { status: ['running'] }), []);
  assert.deepEqual(await found('root', { awaits: 'passport_two' }), [named]);
  await bed.ok('one', 'workflow.approve', { id: named });
  assert.deepEqual(await all(), [[], [named], [], [], []]);
  await bed.ok('two', 'workflow.approve', { id: named });
  assert.deepEqual(await all(), [[], [], [], [], []]);
  await bed.close();
});

test('the approval of a start rests on that for which somebody decides, as that of a task does', async () => {
  const bed = await Testbed.open(
    passport('officer', { roles: ['compliance'] }),
    passport('fay', { roles: ['clerk', 'cfo'] }),
    passport('gus', { groups: ['board'] }),
    passport('ann', { roles: ['operator'] }),
  );
  const asks = { on: 'run.start', effect: 'require_approval' };
  await bed.adopt({ policy: { ...asks, id: 'money', from: 'role:cfo' } });
  await bed.adopt({ policy: { ...asks, id: 'risk', from: ['group:board', 'role:clerk'] } });
  const definition = await bed.define(WORK);
  const start = async () => (await bed.ok('root', 'workflow.start', { definition })).id;
  const id = await start();
  const rests = async (run: string, wanted: string) => {
    const { events } = await bed.ok('root', 'run.events', { id: run });
    return events.flatMap(({ type, authority }) => (type === wanted ? [authority] : []));
  };
  const onWhatIsAsked = { kind: 'policy', id: 'risk', version: '1' };
  await bed.ok('gus', 'workflow.approve', { id });
  await bed.ok('fay', 'workflow.approve', { id });
  assert.deepEqual(await rests(id, 'launch.endorsed'), [onWhatIsAsked, { kind: 'role', id: 'cfo' }]);
  assert.deepEqual(await rests(id, 'run.approved'), [{ kind: 'role', id: 'cfo' }]);
  const rejected = await start();
  await bed.ok('ann', 'workflow.reject', { id: rejected, reason: 'no' });
  assert.deepEqual(await rests(rejected, 'run.rejected'), [{ kind: 'role', id: 'operator' }]);
  await bed.close();
});
