import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Flow, nested, one, type Phase } from './flow-kit.ts';

/** `a` and `b` are done again until `check`, then `b` and `c` until `confirm`; what is simple leaves after `check`. */
const approval = (from: string, more: object) => ({ subject: `\${ phases.${from}.do.output }`, ...more });
const CYCLES: readonly Phase[] = [
  one('a', { if: '${ !input.drafted || phases.a.do.feedback != null }' }),
  one('b', { needs: ['a'] }),
  {
    id: 'check',
    needs: ['b'],
    steps: [
      {
        id: 'good',
        approval: approval('b', {
          from: 'role:lead',
          onReject: { redo: 'a', max: 5 },
          onChanges: { redo: 'b', max: 5 },
        }),
      },
    ],
  },
  one('c', { needs: ['check'], if: "${ phases.b.do.output != 'simple' }" }),
  {
    id: 'confirm',
    needs: ['c'],
    if: "${ phases.b.do.output != 'simple' }",
    steps: [{ id: 'good', approval: approval('c', { from: 'role:lead', onReject: { redo: 'b', max: 5 } }) }],
  },
  one('d', { needs: ['confirm'] }),
];

test('WCP-10 Arbitrary Cycles', async () => {
  const work: Record<string, string> = {
    'a.do': 'drawn up',
    'b.do': 'complex',
    'c.do': 'added',
    'd.do': 'over',
  };
  const long = await Flow.open(CYCLES, { input: { drafted: true } });
  const outcomes = ['request_changes', 'reject', 'approve', 'reject', 'approve', 'approve'];
  for (let [step] = await long.steps(); step !== undefined; [step] = await long.steps()) {
    const output = work[step];
    await (output === undefined ? long.decide(outcomes.shift() ?? '') : long.complete(step, output));
  }
  assert.deepEqual(outcomes, []);
  const passes = [
    ['b.do', 'check.good'],
    ['b.do', 'check.good'],
    ['a.do', 'b.do', 'check.good', 'c.do', 'confirm.good'],
    ['b.do', 'check.good', 'c.do', 'confirm.good'],
    ['d.do'],
  ];
  assert.deepEqual(await long.history(), passes.flat(), 'in at b, and each pass is in the history');
  await long.isOver();

  const short = await long.again({ drafted: false });
  await short.complete('a.do');
  await short.complete('b.do', 'simple');
  await short.decide('approve');
  await short.complete('d.do');
  assert.deepEqual(
    await short.history(),
    ['a.do', 'b.do', 'check.good', 'd.do'],
    'in at a, out after the check',
  );
  await short.ended();
});

async function repeatUntil(): Promise<void> {
  const flow = await Flow.open([
    one('a'),
    {
      id: 'b',
      needs: ['a'],
      steps: [
        { id: 'good', approval: approval('a', { from: 'role:lead', onReject: { redo: 'a', max: 3 } }) },
      ],
    },
  ]);
  for (const outcome of ['reject', 'reject', 'approve']) {
    await flow.complete('a.do', outcome);
    await flow.decide(outcome);
  }
  assert.equal((await flow.step('a.do')).round, 3, 'the iterations are counted');
  await flow.ended();
}

async function repeatWhile(): Promise<void> {
  const more = '${ input.left > 0 }';
  const loop = {
    phases: [
      one('body', { if: more }),
      nested(
        'again',
        'loop',
        { needs: ['body'], if: more },
        {
          workflow: { definition: 'loop', input: { left: '${ input.left - 1 }' } },
        },
      ),
    ],
    output: '${ input.left > 0 ? 1 + phases.again.run.output : 0 }',
  };
  for (const left of [0, 3]) {
    const step = { workflow: { definition: 'loop', input: { left } } };
    const flow = await Flow.open([nested('a', 'loop', {}, step)], { before: { loop } });
    let [pass] = await flow.children(1);
    for (let count = 0; count < left; count += 1) {
      await pass?.complete('body.do');
      [pass] = (await pass?.children(1)) ?? [];
    }
    assert.equal(await pass?.times('body.do'), 0);
    await flow.isOver();
    assert.equal((await flow.step('a.run')).output, left, 'the iterations are counted');
    await flow.office.close();
  }
}

test('WCP-21 Structured Loop', async (t) => {
  await t.test('until a condition, which comes after the body: 1..n', repeatUntil);
  await t.test('while a condition, which comes before it: 0..n', repeatWhile);
});

test('WCP-22 Recursion', async () => {
  const deeper = (input: string) => ({ workflow: { definition: 'tree', input } });
  const tree = {
    phases: [
      one('leaf', { if: '${ input.deep == 0 }' }),
      nested('below', 'tree', { if: '${ input.deep > 0 }' }, deeper('${ { "deep": input.deep - 1 } }')),
    ],
    output: '${ input.deep == 0 ? [phases.leaf.do.output] : [input.deep] + phases.below.run.output }',
  };
  const top = nested('top', 'tree', {}, deeper('${ input }'));
  const flow = await Flow.open([top], { before: { tree }, input: { deep: 2 } });
  const [first] = await flow.children(1);
  const [second] = (await first?.children(1)) ?? [];
  const [third] = (await second?.children(1)) ?? [];
  await third?.complete('leaf.do', 'leaf');
  await flow.isOver();
  const outputs = await Promise.all([first, second, third].map(async (run) => (await run?.now())?.output));
  assert.deepEqual(outputs, [[2, 1, 'leaf'], [1, 'leaf'], ['leaf']], 'results return level by level');
  assert.deepEqual((await flow.step('top.run')).output, [2, 1, 'leaf']);

  const endless = await flow.again({ deep: 100 });
  await endless.isOver('failed');
  assert.match((await endless.now()).failure?.message ?? '', /8 deep/, 'the depth is bounded');
  await flow.office.close();
});

test('WCP-11 Implicit Termination', async () => {
  const flow = await Flow.open([one('a'), one('b')]);
  await flow.complete('b.do');
  assert.equal((await flow.office.verdict(flow.run)).verdict, 'awaiting_human');
  await flow.complete('a.do');
  await flow.ended();
});

test('WCP-43 Explicit Termination', async () => {
  const end = { id: 'go-on', approval: { subject: 'x', from: 'role:lead' } };
  const flow = await Flow.open(
    [
      one('a'),
      nested('b', 'child'),
      { id: 'c', steps: [{ id: 'go', wait: { signal: 'go' } }] },
      { id: 'end', steps: [end] },
      one('later', { needs: ['end'] }),
    ],
    { before: { child: { phases: [one('x')] } } },
  );
  const [child] = await flow.children(1);
  const { id } = await flow.task('a.do');
  const { token } = await flow.office.does('clerk', 'start', id);
  await flow.decide('reject', 'that was all');
  await flow.isOver('rejected');
  await child?.isOver('stopped');
  assert.equal((await child?.now())?.status, 'cancelled');
  const late = await flow.office.act('clerk', 'complete', id, { token });
  assert.deepEqual([late.status, late.body.code], [409, 'task_closed']);
  const told = (await flow.office.events(flow.run)).map(({ type }) => type);
  for (const type of ['task.exited', 'child.exited', 'wait.exited', 'run.rejected'])
    assert.equal(told.filter((one) => one === type).length, 1, `${type} is recorded`);
  assert.equal(await flow.times('later.do'), 0);
  await flow.office.close();
});
