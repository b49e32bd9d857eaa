/** Work that policies leave to people: no human is kept from it, and everybody else is, whatever has been approved beside. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../e2e/http-testbed.ts';

const officer = passport('officer', { roles: ['compliance'] });
const clerk = passport('clerk', { roles: ['clerk'] });
const worker = passport('worker', { roles: ['operator'], capabilities: ['work'] });
const robot = passport('robot', { kind: 'agent', capabilities: ['work'], capacity: 9 });
const open = () => Testbed.open(officer, clerk, worker, robot);

const ANYBODY = { id: 'a', task: { requires: ['work'] } };
const route = (on: 'task.assign' | 'task.start', when?: string) => ({
  ...{ id: 'people', on, effect: 'route_to_human', to: 'role:operator' },
  ...(when !== undefined && { when }),
});
const ask = { id: 'ask', on: 'task.assign', effect: 'require_approval', from: 'role:clerk' };

const approve = async (bed: Testbed, run: string): Promise<void> => {
  const { id, kind, approval } = await bed.taskOf(run);
  assert.equal(kind, 'approval');
  await bed.ok('clerk', 'task.decide', { id, outcome: 'approve', subject: approval?.subject ?? '' });
};

for (const on of ['task.assign', 'task.start'] as const)
  for (const by of [null, 'human'] as const)
    test(`route_to_human at ${on} keeps no person from work${by ? ' of people' : ''}`, async () => {
      const bed = await open();
      await bed.adopt({ policy: route(on) });
      const run = await bed.start({ id: 'a', task: { requires: ['work'], ...(by && { by }) } });
      const { id, kind } = await bed.taskOf(run);
      assert.equal(kind, 'task', 'somebody may do it as it is');
      if (!by) assert.equal(await bed.no('robot', 'task.start', { id }), 'human_required');
      await bed.ok('worker', 'task.claim', { id });
      assert.equal((await bed.ok('worker', 'task.start', { id })).task.status, 'in_progress');
      await bed.close();
    });

test('why work is left to people is told without why its approval was asked', async () => {
  const bed = await open();
  await bed.adopt({ policy: { ...route('task.assign'), reason: 'People do it.' } });
  await bed.adopt({ policy: { ...ask, reason: 'A clerk looks at it.' } });
  const run = await bed.start(ANYBODY);
  await approve(bed, run);
  const { id } = await bed.taskOf(run);
  const claimed = await bed.operations.call('task.claim', { id }, bed.as('robot'));
  const said = claimed.ok ? '' : claimed.rejection.message;
  assert.match(said, /People do it\./);
  assert.doesNotMatch(said, /clerk/);
  await bed.close();
});

for (const [what, routed] of [
  ['at the same point', route('task.assign')],
  ['of agents when they begin', route('task.start', 'participant.kind == "agent"')],
] as const)
  test(`what has been approved is left to people all the same: ${what}`, async () => {
    const bed = await open();
    await bed.adopt({ policy: routed });
    await bed.adopt({ policy: ask });
    const run = await bed.start(ANYBODY);
    await approve(bed, run);
    const { id, kind } = await bed.taskOf(run);
    assert.equal(kind, 'task');
    assert.equal(await bed.no('robot', 'task.claim', { id }), 'human_required');
    assert.equal((await bed.ok('robot', 'task.claim_next', {})).task, null);
    await bed.ok('worker', 'task.start', { id });
    await bed.close();
  });

test('where all who could do it must leave it to people, they get it at once, and are asked about themselves', async () => {
  const bed = await open();
  await bed.adopt({ policy: route('task.assign') });
  await bed.adopt({ policy: ask });
  const run = await bed.start({ id: 'a', task: { requires: ['work'], by: 'agent' } });
  await approve(bed, run);
  const { id, kind } = await bed.taskOf(run);
  assert.equal(kind, 'escalation');
  await bed.ok('worker', 'task.start', { id });
  await bed.close();
});

test('what the profile leaves to people stays so beside a policy that asks for an approval', async () => {
  const bed = await open();
  await bed.adopt({
    profile: { autonomy: 'paranoid', approval: { from: 'role:clerk' }, humans: 'role:operator' },
  });
  await bed.adopt({ policy: ask });
  await bed.ok('root', 'workflow.save_definition', {
    document: {
      id: 'final',
      name: 'Final',
      safety: 'irreversible',
      phases: [{ id: 'p0', steps: [ANYBODY] }],
    },
  });
  const { id: run } = await bed.ok('root', 'workflow.start', { definition: 'final' });
  await bed.ok('clerk', 'workflow.approve', { id: run });
  await approve(bed, run);
  const { id } = await bed.taskOf(run);
  assert.equal(await bed.no('robot', 'task.claim', { id }), 'human_required');
  await bed.ok('worker', 'task.claim', { id });
  await bed.close();
});

for (const [what, policy, task, said] of [
  ['a policy on results', { ...route('task.start'), on: 'task.complete' }, {}, {}],
  ['its doubts', null, { confidence: 0.9 }, { confidence: 0.5 }],
] as const)
  test(`a result of a person stands also where they act for another, whatever ${what} would have people look at`, async () => {
    const bed = await open();
    if (policy) await bed.adopt({ policy });
    for (const [who, to, kind] of [
      ['clerk', 'clerk', null],
      ['robot', 'robot', 'escalation'],
    ] as const) {
      const lent = await bed.ok('worker', 'delegation.create', { to: `passport_${to}` });
      const run = await bed.start({ id: 'a', task: { requires: ['work'], ...task } });
      const { id } = await bed.taskOf(run);
      const as = { delegation: lent.id };
      const { token } = (await bed.ok(who, 'task.start', { id }, as)).task;
      await bed.ok(who, 'task.complete', { id, token, output: 1, ...said }, as);
      const { rows } = await bed.ok('root', 'task.list', { run, open: true });
      assert.equal(rows[0]?.kind ?? null, kind, who);
    }
    await bed.close();
  });
