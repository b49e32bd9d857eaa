/** What policies say of work that has not begun: in plans, and of runs inside of runs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import type { JsonObject } from '../definition/index.ts';

const officer = passport('officer', { roles: ['compliance'] });
const robot = passport('robot', { kind: 'agent', capabilities: ['read'] });
const clerk = passport('clerk', { capabilities: ['read'] });
const READ = { id: 'a', task: { requires: ['read'], by: 'agent' } };
const GOAL = { goal: 'Read it', requiredCapabilities: ['read'], input: { text: 'x' } };

test('a plan names what policies will ask of its steps, and gives them to nobody who is forbidden them', async () => {
  const bed = await Testbed.open(officer, robot, clerk);
  const ask = async () =>
    bed.ok('root', 'workflow.plan', {
      goal: 'Read it',
      requiredCapabilities: ['read'],
      input: { text: 'x' },
    });
  await bed.adopt({
    policy: {
      id: 'ask-the-boss',
      on: 'task.start',
      when: '"read" in task.requires',
      effect: 'require_approval',
      from: 'role:boss',
      reason: 'Reading is delicate.',
    },
  });
  const asked = await ask();
  assert.match(asked.executionPlan[0]?.reason ?? '', /; role:boss decides before it begins$/);
  assert.match(
    JSON.stringify(asked.explanation),
    /role:boss decides before it begins, because Reading is delicate/,
  );
  await bed.adopt({
    policy: { id: 'no-robots', on: 'task.assign', effect: 'route_to_human', to: 'role:boss' },
  });
  const humans = await ask();
  assert.equal(humans.executionPlan[0]?.assignedTo, 'passport_clerk');
  await bed.adopt({
    policy: { id: 'of-owners', on: 'task.assign', when: 'run.accountable == "x"', effect: 'deny' },
  });
  assert.equal(
    (await ask()).executionPlan[0]?.assignedTo,
    'passport_clerk',
    'what is not known forbids nobody yet',
  );
  await bed.adopt({ policy: { id: 'nobody', on: 'task.assign', effect: 'deny', reason: 'Not today.' } });
  assert.equal(await bed.no('root', 'workflow.plan', GOAL), 'plan_impossible');
  await bed.close();
});

test('a plan is held to who does its work as its run will be: nobody has said so where the step does not', async () => {
  const bed = await Testbed.open(officer, robot);
  const whoWill = async () => {
    const found = await bed.operations.call('workflow.plan', GOAL, bed.as('root'));
    return found.ok ? found.value.executionPlan[0]?.assignedTo : found.rejection.message;
  };
  const deny = (when: string) => ({ id: 'some', on: 'task.assign', when, effect: 'deny', reason: 'Not so.' });
  await bed.adopt({ policy: deny('task.by == "agent"') });
  assert.equal(await whoWill(), 'passport_robot');
  await bed.adopt({ policy: deny('task.by == null') });
  assert.match((await whoWill()) ?? '', /by policy: Not so\.$/);
  await bed.close();
});

test('a run inside of another was launched with it, unless it may do more', async () => {
  const bed = await Testbed.open(officer, robot);
  const child = await bed.define(READ);
  const of = async (safety: string) => {
    const document = {
      id: `parent-${safety}`,
      safety,
      phases: [{ id: 'p', steps: [{ id: 's', workflow: { definition: child, input: {} } }] }],
    };
    await bed.ok('root', 'workflow.save_definition', { document });
    const { id } = await bed.ok('root', 'workflow.start', { definition: document.id });
    const children = async () => (await bed.ok('root', 'workflow.list_runs', { parent: id })).rows;
    await bed.until(async () => (await children()).length === 1);
    return (await children())[0]?.status;
  };
  assert.equal(await of('reversible'), 'running');
  assert.equal(await of('read_only'), 'pending_approval');
  await bed.close();
});

const nesting = async (bed: Testbed, child: string, more: JsonObject = {}): Promise<string> => {
  const document = {
    id: `parent-of-${child}`,
    phases: [{ id: 'p', steps: [{ id: 's', workflow: { definition: child, input: {} } }] }],
    ...more,
  };
  await bed.ok('root', 'workflow.save_definition', { document });
  return (await bed.ok('root', 'workflow.start', { definition: document.id })).id;
};

const failed = async (bed: Testbed, id: string) => {
  const run = () => bed.ok('root', 'workflow.get_run', { id });
  await bed.until(async () => (await run()).status !== 'running');
  const { status, failure } = await run();
  assert.deepEqual([status, failure?.code], ['failed', 'child_failed']);
  return failure?.message ?? '';
};

test('a run inside of another whose start a policy denies fails the step that starts it', async () => {
  const bed = await Testbed.open(officer, robot);
  const child = await bed.define(READ);
  await bed.adopt({
    policy: {
      id: 'none-inside',
      on: 'run.start',
      when: 'parent != null',
      effect: 'deny',
      reason: 'Nothing runs inside.',
    },
  });
  const parent = await nesting(bed, child);
  assert.match(await failed(bed, parent), /Nothing runs inside/);
  const { events } = await bed.ok('root', 'run.events', { id: parent });
  const told = events.find(({ type }) => type === 'child.failed')?.payload as {
    readonly ruled?: { readonly reasons: readonly object[]; readonly facts: object };
  };
  assert.deepEqual(told.ruled?.reasons, [{ code: 'none-inside', policy: 'none-inside@1' }]);
  assert.deepEqual(await bed.store.outbox(0, 10), []);
  await bed.close();
});

test('what keeps a run inside of another from its start is told to the one that starts it', async () => {
  const bed = await Testbed.open(officer, robot);
  const child = await bed.define(READ);
  await bed.adopt({
    policy: {
      id: 'in-crowns',
      on: 'run.start',
      when: 'parent != null',
      effect: 'limit',
      cost: { amount: 5, currency: 'CZK' },
    },
  });
  const limits = { cost: { amount: 1, currency: 'EUR' } };
  assert.match(await failed(bed, await nesting(bed, child, { limits })), /CZK/);
  await bed.close();
});
