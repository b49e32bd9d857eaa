/** Work for one person, by name, is held to the policies on who gets work and who begins with it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../e2e/http-testbed.ts';

const officer = passport('officer', { roles: ['compliance'] });
const clerk = passport('clerk', { roles: ['clerk'] });
const open = () => Testbed.open(officer, clerk);
const step = (more: object = {}) => ({ id: 'a', task: { by: 'human', from: 'passport_clerk', ...more } });

const NEVER = {
  ...{ id: 'never', on: 'task.start', when: 'participant.id == "passport_clerk"' },
  effect: 'deny',
};
const NOBODY = {
  ...{ id: 'nobody', on: 'task.assign', when: 'candidate.id == "passport_clerk"' },
  effect: 'deny',
};

for (const commence of ['creation', 'allocation'] as const)
  test(`who may not begin has it, to be begun later (${commence})`, async () => {
    const bed = await open();
    await bed.adopt({ policy: NEVER });
    const { id, status, assignee } = await bed.taskOf(await bed.start(step({ commence })));
    assert.deepEqual([status, assignee], ['reserved', 'passport_clerk']);
    assert.equal(await bed.no('clerk', 'task.start', { id }), 'policy_denied');
    await bed.close();
  });

test('nor does who gets it with its activation, or in place of somebody else, begin with that', async () => {
  const bed = await open();
  await bed.adopt({ policy: NEVER });
  const late = await bed.start(step({ commence: 'creation', activate: 'manual' }));
  const { id } = await bed.taskOf(late);
  await bed.ok('root', 'task.activate', { id });
  assert.equal((await bed.taskOf(late)).status, 'reserved');
  const deadlines = [{ on: 'start', within: '1h', then: { reassign: 'passport_clerk' } }];
  const given = await bed.start(
    step({ from: 'passport_root', commence: 'allocation', activate: 'manual', deadlines }),
  );
  bed.clock.move(3_600_000);
  await bed.until(async () => (await bed.taskOf(given)).assignee === 'passport_clerk');
  assert.equal((await bed.taskOf(given)).status, 'reserved');
  await bed.close();
});

for (const more of [{}, { commence: 'creation' }, { activate: 'manual' }] as const)
  test(`who may not get it does not have it, and the run says that nobody can: ${JSON.stringify(more)}`, async () => {
    const bed = await open();
    await bed.adopt({ policy: NOBODY });
    const run = await bed.start(step(more));
    const { id } = await bed.taskOf(run);
    if ('activate' in more) await bed.ok('root', 'task.activate', { id });
    const { status, assignee } = await bed.taskOf(run);
    assert.deepEqual([status, assignee], ['created', null]);
    const { verdict } = await bed.ok('root', 'workflow.get_run', { id: run });
    assert.match(verdict.reason, /let nobody do what is asked: The policy nobody says so/);
    await bed.close();
  });

test('what policies say of who begins is told with that, and nothing where none speaks', async () => {
  const bed = await open();
  const created = async () => {
    const run = await bed.start(step({ commence: 'creation' }));
    const { events } = await bed.ok('root', 'run.events', { id: run });
    return events.find(({ type }) => type === 'task.created')?.payload as { ruled?: { notify?: string[] } };
  };
  assert.equal((await created()).ruled, undefined);
  await bed.adopt({ policy: { id: 'tell', on: 'task.start', effect: 'notify', to: 'role:security' } });
  assert.deepEqual((await created()).ruled?.notify, ['role:security']);
  await bed.close();
});
