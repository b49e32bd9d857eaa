import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agrees } from './approval-kit.ts';
import { Flow, nested, one, type Phase } from './flow-kit.ts';
import { clerical, Office, person } from './office.ts';

const each = (items: unknown, more: Omit<Phase, 'id' | 'steps'> = {}): Phase => ({
  id: 'each',
  ...more,
  steps: [clerical('do', { input: '${ item }' }, { forEach: items })],
});

test('WCP-12 Multiple Instances without Synchronization', async () => {
  const flow = await Flow.open([
    one('a'),
    each([1, 2, 3], { needs: ['a'] }),
    one('b', { needs: ['a'] }),
    one('c', { needs: ['b'] }),
  ]);
  await flow.complete('a.do');
  const instances = (await flow.office.open(flow.run)).filter(({ step }) => step === 'each.do');
  assert.equal(instances.length, 3);
  for (const step of ['b.do', 'c.do']) await flow.complete(step);
  assert.deepEqual(await flow.steps(), ['each.do', 'each.do', 'each.do'], 'the case went on without them');
  for (const { id } of instances.toReversed()) await flow.office.complete('clerk', id);
  await flow.ended();
});

for (const [row, items, input] of [
  ['WCP-13 Multiple Instances with a priori Design-Time Knowledge', ['x', 'y', 'z'], {}],
  [
    'WCP-14 Multiple Instances with a priori Run-Time Knowledge',
    '${ input.invoices }',
    { invoices: [1, 2, 3] },
  ],
] as const)
  test(row, async () => {
    const flow = await Flow.open([each(items), one('b', { needs: ['each'] })], { input });
    const open = await flow.office.open(flow.run);
    assert.equal(open.length, 3);
    for (const [at, { id }] of open.entries()) {
      assert.equal(await flow.times('b.do'), 0, `after ${at} of them`);
      await flow.office.complete('clerk', id);
    }
    await flow.complete('b.do');
    await flow.ended();
  });

/** An instance, and who says which further ones there are; each of them is asked for more in turn. */
test('WCP-15 Multiple Instances without a priori Run-Time Knowledge', async () => {
  const visit = {
    phases: [
      one('visit'),
      one('ask'),
      nested('more', 'visits', { needs: ['ask'] }, { forEach: '${ phases.ask.do.output }' }),
    ],
  };
  const flow = await Flow.open([nested('a', 'visits'), one('b', { needs: ['a'] })], {
    before: { visits: visit },
  });
  const [first] = await flow.children(1);
  assert.ok(first);
  await first.office.does('clerk', 'start', (await first.task('visit.do')).id);
  await first.complete('ask.do', ['x', 'y']);
  const [x, y] = await first.children(2);
  assert.ok(x && y);
  assert.deepEqual(await first.steps(), ['visit.do'], 'they are added while others run');
  await y.complete('ask.do', ['z']);
  const [z] = await y.children(1);
  assert.ok(z);
  for (const last of [x, z]) await last.complete('ask.do', []);
  for (const instance of [y, first, z]) await instance.complete('visit.do');
  for (const instance of [y, z]) await instance.isOver();
  assert.deepEqual(await flow.steps(), [], 'one of the added ones is not over');
  await x.complete('visit.do');
  await flow.comesTo('b.do');
  await flow.complete('b.do');
  await flow.ended();
});

/** As many deciders as hold the role when it opens, each with the same to do. */
test('WCP-35 Cancelling Partial Join for Multiple Instances', async () => {
  const leads = ['ann', 'bo', 'cy', 'di'];
  const office = await Office.open(...leads.map((id) => person(id, { roles: ['lead'] })));
  const approval = { subject: 'x', from: 'role:lead', quorum: 2 };
  const run = await office.start({ id: 'good', approval }, clerical('later'));
  const { id } = await office.task(run);
  const { approval: asked } = await office.detail(id);
  const sees = (): Promise<boolean[]> => Promise.all(leads.map((who) => office.sees(who, id)));
  assert.deepEqual(await sees(), [true, true, true, true]);
  await agrees(office, run, 'di');
  assert.equal((await office.task(run)).id, id, 'the first is not enough');
  assert.equal(await office.sees('ann', id), true);
  await agrees(office, run, 'bo');
  assert.equal((await office.task(run)).step, 'p1.later');
  assert.deepEqual(await sees(), [false, false, false, false], 'the others are cancelled');
  const late = await office.act('cy', 'decide', id, { outcome: 'reject', subject: asked?.subject });
  assert.equal(late.status, 409, late.text);
  await office.close();
});
