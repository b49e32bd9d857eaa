/** SEE-2: what events of runs, steps and children tell of work that is hidden, and of who did it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../definition/index.ts';
import { passport, Testbed } from '../../../test/e2e/http-testbed.ts';

const WORK = { id: 'a', task: { by: 'human', from: 'role:clerk' } };
const VISIBILITY = { allocated: 'holder', unallocated: 'candidates' } as const;
const HIDDEN = { ...WORK, task: { ...WORK.task, visibility: VISIBILITY } };
const open = () =>
  Testbed.open(
    passport('bob', { roles: ['clerk'] }),
    passport('other'),
    passport('officer', { roles: ['administrator'] }),
    passport('erp', { kind: 'system', roles: ['erp'] }),
  );

/** The events of that type, as they are read in their run and among all. */
async function told(bed: Testbed, who: string, run: string, type: string) {
  const { events } = await bed.ok(who, 'run.events', { id: run, limit: 1000 });
  const all = await bed.ok(who, 'event.list', { limit: 1000 });
  const [mine, same] = [events, all.events.filter((one) => one.run === run)].map((some) =>
    some.filter((one) => one.type === type).map(({ actor, payload }) => ({ actor, payload })),
  );
  assert.deepEqual(mine, same);
  assert.equal(mine?.length, 1);
  return mine[0] ?? { actor: '', payload: {} };
}

async function done(bed: Testbed, run: string, output: Json): Promise<string> {
  const { id } = await bed.taskOf(run);
  await bed.ok('bob', 'task.start', { id });
  await bed.ok('bob', 'task.complete', { id, output });
  return id;
}

test('a list is opened without its items where they may be results that are hidden', async () => {
  const bed = await open();
  const each = { id: 'b', forEach: '${ phases.p0.a.output }', task: { from: 'role:other' } };
  const items = async (who: string, step: object) => {
    const run = await bed.start(step, each);
    await done(bed, run, ['Salary 1000', 'Salary 2000']);
    return (await told(bed, who, run, 'step.opened')).payload;
  };
  const shown = { step: 'p1.b', items: ['Salary 1000', 'Salary 2000'] };
  assert.deepEqual(await items('other', WORK), shown);
  assert.deepEqual(await items('root', HIDDEN), shown);
  assert.deepEqual(await items('other', HIDDEN), { step: 'p1.b', items: [], hidden: true });
  await bed.close();
});

test('what a policy has read of work that is hidden is left out with why it denies that', async () => {
  const bed = await open();
  await bed.adopt({ policy: { id: 'rec', on: 'record.write', when: 'input.amount != ""', effect: 'deny' } });
  const input = { amount: '${ phases.p0.a.output }' };
  const run = await bed.start(WORK, { id: 'w', record: { system: 'erp', operation: 'post', input } });
  await done(bed, run, 'Salary 1000');
  const facts = async (who: string) => {
    const { payload } = await told(bed, who, run, 'slot.failed');
    return (payload['ruled'] as { facts: unknown }).facts;
  };
  assert.deepEqual(await facts('other'), { input: { amount: 'Salary 1000' } });
  await bed.ok('root', 'task.set_visibility', VISIBILITY);
  assert.deepEqual(await facts('root'), { input: { amount: 'Salary 1000' } });
  assert.deepEqual(await facts('other'), {});
  await bed.close();
});

test('who has work done again that is hidden, and why, is told neither by events nor by the run', async () => {
  const bed = await open();
  const again = async (step: object) => {
    const run = await bed.start(step, { ...WORK, id: 'b' });
    await bed.ok('bob', 'task.redo', { id: await done(bed, run, 1), reason: 'Salary 1000' });
    return run;
  };
  const toldTo = async (who: string, run: string) => {
    const { actor, payload } = await told(bed, who, run, 'run.redone');
    const { steps } = await bed.ok(who, 'workflow.get_run', { id: run });
    return [actor, payload['feedback'], ...steps.map(({ feedback }) => feedback)];
  };
  const shown = ['passport_bob', 'Salary 1000', 'Salary 1000', 'Salary 1000'];
  const left = ['hidden', null, null, null];
  const [open1, hidden] = [await again(WORK), await again(HIDDEN)];
  assert.deepEqual(await toldTo('other', open1), shown);
  assert.deepEqual(await toldTo('root', hidden), shown);
  assert.deepEqual(await toldTo('other', hidden), left);
  await bed.ok('root', 'task.set_visibility', VISIBILITY);
  assert.deepEqual(await toldTo('other', open1), left);
  await bed.close();
});

test('why work was sent back is told to who said so, and to whoever has a role to all of it (SEE-1)', async () => {
  const bed = await open();
  await bed.add(
    passport('owner'),
    passport('robot', { kind: 'agent', owner: 'passport_owner', roles: ['operator'] }),
    passport('boss', { roles: ['manager'] }),
    passport('lead', { roles: ['lead'] }),
  );
  const led = { ...HIDDEN, task: { ...HIDDEN.task, administrators: ['role:lead'] } };
  const each = { ...led, id: 'b', forEach: '${ phases.p0.a.output }' };
  const sign = { subject: 1, from: 'role:manager', onReject: { redo: 'p1', max: 1 } };
  const definition = await bed.define(led, each, { id: 'c', approval: sign });
  const { id: run } = await bed.ok('robot', 'workflow.start', { definition });
  await bed.ok('root', 'workflow.approve', { id: run });
  await done(bed, run, ['Salary 1000']);
  await done(bed, run, 1);
  const { id, approval } = await bed.taskOf(run);
  const decision = { outcome: 'reject', subject: approval?.subject ?? '', reason: 'Too much' } as const;
  await bed.ok('boss', 'task.decide', { id, ...decision });
  const toldTo = async (who: string) => {
    const { actor, payload } = await told(bed, who, run, 'run.redone');
    const { events } = await bed.ok(who, 'run.events', { id: run, limit: 1000 });
    const { steps } = await bed.ok(who, 'workflow.get_run', { id: run });
    const opened = events.find((one) => one.type === 'step.opened' && one.payload['step'] === 'p1.b');
    return [actor, payload['feedback'], opened?.payload['items'], steps[1]?.feedback];
  };
  const whole = ['passport_boss', 'Too much', ['Salary 1000'], 'Too much'];
  assert.deepEqual(await toldTo('owner'), whole);
  assert.deepEqual(await toldTo('lead'), whole);
  assert.deepEqual(await toldTo('boss'), ['passport_boss', 'Too much', [], null]);
  assert.deepEqual(await toldTo('other'), ['hidden', null, [], null]);
  await bed.close();
});

test('a run does not tell who did the hidden work of a nested one, nor that who did its own', async () => {
  const bed = await open();
  const nested = async (own: object, below: object) => {
    const definition = await bed.define(below);
    const run = await bed.start(own, { id: 'n', workflow: { definition, input: {} } });
    await done(bed, run, 1);
    const open1 = async () => (await bed.ok('root', 'task.list', { open: true })).rows;
    await bed.until(async () => (await open1()).length === 1);
    const [{ id, run: child } = { id: '', run: '' }] = await open1();
    await bed.ok('bob', 'task.start', { id });
    await bed.ok('bob', 'task.complete', { id, output: 1 });
    await bed.until(
      async () => (await bed.ok('root', 'workflow.get_run', { id: run })).status === 'completed',
    );
    return async (who: string): Promise<boolean[]> => {
      const ended = await told(bed, who, run, 'child.completed');
      const begun = await told(bed, who, child, 'run.created');
      return [ended, begun].map((one) => JSON.stringify(one).includes('bob'));
    };
  };
  assert.deepEqual(await (await nested(WORK, WORK))('other'), [true, true]);
  const below = await nested(WORK, HIDDEN);
  assert.deepEqual(await below('root'), [true, true]);
  assert.deepEqual(await below('other'), [false, true]);
  assert.deepEqual(await (await nested(HIDDEN, WORK))('other'), [true, false]);
  await bed.close();
});
