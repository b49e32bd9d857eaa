import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agrees } from './approval-kit.ts';
import { Flow, nested, one, type Phase } from './flow-kit.ts';
import { clerical, Office, person } from './office.ts';

test('WCP-01 Sequence', async () => {
  const flow = await Flow.open([one('a'), one('b', { needs: ['a'] })]);
  assert.deepEqual(await flow.steps(), ['a.do']);
  await flow.complete('a.do');
  assert.deepEqual(await flow.steps(), ['b.do']);
  await flow.complete('b.do');
  await flow.ended();
});

const DIAMOND = [
  one('a'),
  one('b', { needs: ['a'] }),
  one('c', { needs: ['a'] }),
  one('d', { needs: ['b', 'c'] }),
];

test('WCP-02 Parallel Split', async () => {
  const flow = await Flow.open(DIAMOND);
  await flow.complete('a.do');
  assert.deepEqual(await flow.steps(), ['b.do', 'c.do']);
  for (const step of ['b.do', 'c.do']) await flow.office.does('clerk', 'start', (await flow.task(step)).id);
  const open = await flow.office.open(flow.run);
  assert.deepEqual(
    open.map(({ status }) => status),
    ['in_progress', 'in_progress'],
    'they overlap in time',
  );
  await flow.office.close();
});

test('WCP-03 Synchronization', async () => {
  const flow = await Flow.open(DIAMOND);
  for (const step of ['a.do', 'b.do']) await flow.complete(step);
  assert.deepEqual(await flow.steps(), ['c.do'], 'with one missing it does not start');
  await flow.complete('c.do');
  assert.equal(await flow.times('d.do'), 1);
  await flow.complete('d.do');
  await flow.ended();
});

const choice = (b: string, c: string): Phase[] => [
  one('a'),
  one('b', { needs: ['a'], if: b }),
  one('c', { needs: ['a'], if: c }),
  one('d', { needs: ['b', 'c'] }),
];
const EXCLUSIVE = choice('${ input.amount > 10 }', '${ input.amount <= 10 }');
const EITHER = [
  [5, 'c.do', 'b.do'],
  [50, 'b.do', 'c.do'],
] as const;

test('WCP-04 Exclusive Choice', async () => {
  for (const [amount, taken, other] of EITHER) {
    const flow = await Flow.open(EXCLUSIVE, { input: { amount } });
    await flow.complete('a.do');
    assert.deepEqual(await flow.steps(), [taken]);
    await flow.complete(taken);
    await flow.complete('d.do');
    const events = await flow.office.events(flow.run);
    const told = events.filter(({ payload }) => payload['step'] === other).map(({ type }) => type);
    assert.deepEqual(told, ['step.skipped'], 'of the other nothing but that it was not taken');
    await flow.ended();
  }
});

test('WCP-05 Simple Merge', async () => {
  for (const [amount, taken] of EITHER) {
    const flow = await Flow.open(EXCLUSIVE, { input: { amount } });
    await flow.complete('a.do');
    assert.equal(await flow.times('d.do'), 0);
    await flow.complete(taken);
    assert.equal(await flow.times('d.do'), 1, 'the follow-up runs once, without the other branch');
    await flow.complete('d.do');
    await flow.ended();
  }
});

for (const row of [
  'WCP-06 Multi-Choice',
  'WCP-07 Structured Synchronizing Merge',
  'WCP-37 Local Synchronizing Merge',
])
  test(row, async () => {
    for (const [input, branches] of [
      [{ b: true, c: true }, ['b.do', 'c.do']],
      [{ b: true, c: false }, ['b.do']],
    ] as const) {
      const flow = await Flow.open(choice('${ input.b }', '${ input.c }'), { input });
      await flow.complete('a.do');
      assert.deepEqual(await flow.steps(), branches);
      for (const step of branches) {
        assert.equal(await flow.times('d.do'), 0, 'the join waits for those that were activated');
        await flow.complete(step);
      }
      assert.equal(await flow.times('d.do'), 1);
      await flow.complete('d.do');
      await flow.ended();
    }
  });

test('WCP-08 Multi-Merge', async () => {
  const branch = (id: string): Phase[] => [
    one(id, { needs: ['a'], if: `\${ input.${id} }` }),
    nested(`after-${id}`, 'follow-up', { needs: [id], if: `\${ phases.${id}.do.status == 'completed' }` }),
  ];
  const flow = await Flow.open([one('a'), ...['b', 'c', 'd'].flatMap(branch)], {
    input: { b: true, c: true, d: false },
    before: { 'follow-up': { phases: [one('f')] } },
  });
  await flow.complete('a.do');
  await flow.complete('c.do');
  const [first] = await flow.children(1);
  await first?.complete('f.do');
  assert.deepEqual(await flow.steps(), ['b.do'], 'the first arrival did not wait for the second');
  await flow.complete('b.do');
  const [, second] = await flow.children(2);
  await second?.complete('f.do');
  await flow.isOver();
  assert.equal((await flow.children(2)).length, 2, 'two arrivals, two executions');
  await flow.office.close();
});

const PARTIES = ['finance', 'legal', 'security'] as const;

/** Three branches in which somebody decides, and what follows when so many have. */
for (const [row, n] of [
  ['WCP-29 Cancelling Discriminator', 1],
  ['WCP-32 Cancelling Partial Join', 2],
] as const)
  test(row, async () => {
    const office = await Office.open(...PARTIES.map((id) => person(id, { roles: [id] })));
    const from = PARTIES.map((id) => `role:${id}`);
    const approval = { subject: 'x', from, quorum: n, distinct: 'groups' };
    const run = await office.start({ id: 'good', approval }, clerical('later'));
    const { id } = await office.task(run);
    const { approval: asked } = await office.detail(id);
    for (const [at, who] of PARTIES.slice(0, n).entries()) {
      assert.equal((await office.task(run)).id, id, `after ${at} nothing follows`);
      for (const other of PARTIES.slice(at)) assert.ok(await office.sees(other, id), `${other} is asked`);
      await agrees(office, run, who);
    }
    assert.equal((await office.task(run)).step, 'p1.later');
    for (const who of PARTIES.slice(n)) {
      assert.equal(await office.sees(who, id), false, 'the rest is cancelled');
      const late = await office.act(who, 'decide', id, { outcome: 'approve', subject: asked?.subject });
      assert.equal(late.status, 409, late.text);
    }
    await office.close();
  });

test('WCP-33 Generalised AND-Join', async () => {
  const wait = (signal: string) => ({ id: signal, wait: { signal } });
  const subject = '${ [phases.join.x.output, phases.join.y.output] }';
  const next = { subject, from: 'role:lead', onReject: { redo: 'join', max: 5 } };
  const flow = await Flow.open([
    { id: 'join', steps: [wait('x'), wait('y')] },
    { id: 'after', needs: ['join'], steps: [{ id: 'pair', approval: next }] },
  ]);
  for (const arrival of ['x1', 'x2', 'x3']) await flow.signal('x', arrival);
  assert.deepEqual(await flow.steps(), [], 'one branch alone, however often, does not fire it');
  for (const [at, outcome] of ['reject', 'reject', 'approve'].entries()) {
    await flow.signal('y', `y${at + 1}`);
    const { input } = await flow.task('after.pair');
    assert.deepEqual(input, [`x${at + 1}`, `y${at + 1}`], 'arrivals are kept and paired');
    assert.equal(await flow.times('after.pair'), at + 1);
    await flow.decide(outcome);
    assert.deepEqual(await flow.steps(), []);
  }
  await flow.ended();
});

test('WCP-38 General Synchronizing Merge', async () => {
  const taken = (name: string): string => `\${ phases.a.do.output.${name} }`;
  const good = { subject: 'x', from: 'role:lead', onReject: { redo: 'a', max: 5 } };
  const flow = await Flow.open([
    one('a'),
    one('b', { needs: ['a'], if: taken('b') }),
    one('b2', { needs: ['b'], if: "${ phases.b.do.status == 'completed' && phases.b.do.output == 'on' }" }),
    one('c', { needs: ['a'], if: taken('c') }),
    { id: 'join', needs: ['b2', 'c'], steps: [{ id: 'good', approval: good }] },
  ]);
  const rounds = [
    [{ b: true, c: true }, 'on', ['c.do', 'b.do', 'b2.do']],
    [{ b: true, c: false }, 'off', ['b.do']],
    [{ b: false, c: true }, '', ['c.do']],
    [{ b: true, c: false }, 'on', ['b.do', 'b2.do']],
    [{ b: false, c: false }, '', []],
  ] as const;
  for (const [at, [output, next, branches]] of rounds.entries()) {
    await flow.complete('a.do', output);
    for (const step of branches) {
      assert.equal(await flow.times('join.good'), at, 'it waits while a branch could still arrive');
      await flow.complete(step, next);
    }
    assert.deepEqual(await flow.steps(), ['join.good'], 'and for no other');
    await flow.decide(at + 1 < rounds.length ? 'reject' : 'approve');
  }
  await flow.ended();
});

/** Three threads on one branch of two tasks. */
const threads = (after: readonly Phase[] = []): Promise<Flow> =>
  Flow.open([nested('split', 'branch', {}, { forEach: [1, 2, 3] }), ...after], {
    before: { branch: { phases: [one('x'), one('y', { needs: ['x'] })] } },
  });

test('WCP-41 Thread Merge', async () => {
  const flow = await threads([one('merged', { needs: ['split'] })]);
  for (const thread of await flow.children(3)) {
    assert.deepEqual(await flow.steps(), [], 'not before all three have come');
    await thread.complete('x.do');
    await thread.complete('y.do');
    await thread.isOver();
  }
  await flow.comesTo('merged.do');
  await flow.complete('merged.do');
  assert.equal(await flow.times('merged.do'), 1, 'the three go on as one');
  await flow.ended();
});

test('WCP-42 Thread Split', async () => {
  const flow = await threads();
  const [first, second, third] = await flow.children(3);
  assert.ok(first && second && third);
  await first.complete('x.do');
  await second.complete('x.do');
  await second.complete('y.do');
  assert.deepEqual(
    [await first.steps(), await second.steps(), await third.steps()],
    [['y.do'], [], ['x.do']],
    'each goes its own way along the branch',
  );
  await flow.office.close();
});
