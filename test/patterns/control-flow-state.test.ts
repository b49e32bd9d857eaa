import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Flow, nested, one, type Phase } from './flow-kit.ts';
import { clerical } from './office.ts';

const DAY = 86_400_000;
const wait = (signal: string, more: object = {}, step: object = {}) => ({
  id: 'go',
  ...step,
  wait: { signal, ...more },
});

/** What is awaited in `a`, and what follows when it came, and when its time was over. */
const deferred = (awaited: object): Phase[] => [
  { id: 'a', steps: [{ id: 'go', onFailure: 'skip', ...awaited }] },
  one('came', { needs: ['a'], if: "${ phases.a.go.status == 'completed' }" }),
  one('late', { needs: ['a'], if: "${ phases.a.go.status != 'completed' }" }),
];

test('WCP-16 Deferred Choice', async (t) => {
  const takes = async (flow: Flow, step: string): Promise<void> => {
    await flow.comesTo(step);
    await flow.complete(step);
    await flow.isOver();
    assert.deepEqual((await flow.history()).slice(-1), [step]);
  };

  await t.test('a message or a timer', async () => {
    const first = await Flow.open(deferred({ wait: { signal: 'paid', within: '2d' } }));
    const second = await first.again();
    await first.signal('paid');
    first.office.site.bed.clock.move(2 * DAY);
    await second.comesTo('late.do');
    await second.signal('paid');
    assert.deepEqual(await second.steps(), ['late.do'], 'a message after the timer changes nothing');
    await takes(second, 'late.do');
    assert.deepEqual(await first.steps(), ['came.do'], 'nor does the timer after the message');
    await takes(first, 'came.do');
    await first.office.close();
  });

  await t.test('a person or a timer', async () => {
    const first = await Flow.open(deferred({ timeout: '2d', ...clerical('go') }));
    const second = await first.again();
    await first.complete('a.go');
    const { id } = await second.task('a.go');
    const { token } = await second.office.does('clerk', 'start', id);
    first.office.site.bed.clock.move(2 * DAY);
    await second.comesTo('late.do');
    assert.equal(await second.office.sees('clerk', id), false);
    assert.equal((await second.office.act('clerk', 'complete', id, { token })).body.code, 'task_closed');
    await takes(second, 'late.do');
    await takes(first, 'came.do');
    await first.office.close();
  });

  await t.test('one person or another', async () => {
    const from = ['role:clerk', 'role:lead'];
    const flow = await Flow.open([{ id: 'a', steps: [clerical('go', { from })] }]);
    const { id } = await flow.task('a.go');
    assert.deepEqual([await flow.office.sees('clerk', id), await flow.office.sees('lead', id)], [true, true]);
    await flow.office.does('lead', 'start', id);
    assert.deepEqual(
      [await flow.office.sees('clerk', id), await flow.office.sees('lead', id)],
      [false, true],
    );
    assert.equal((await flow.office.act('clerk', 'start', id)).status, 409);
    await flow.office.close();
  });
});

/** Work of agents, one at a time; each becomes possible when its signal has come, and all that it needs is done. */
const interleaved = (needs: Readonly<Record<string, readonly string[]>>): readonly Phase[] =>
  Object.entries(needs).flatMap(([id, before]) => [
    { id: `${id}-may`, steps: [wait(id)] },
    {
      id,
      needs: [`${id}-may`, ...before],
      steps: [{ id: 'do', task: { by: 'agent', requires: ['read'] } }],
    },
  ]);

async function inOrder(flow: Flow, order: readonly string[]): Promise<void> {
  for (const [at, id] of order.entries()) {
    if (at === 0) await flow.signal(id);
    assert.deepEqual(await flow.steps(), [`${id}.do`]);
    const task = await flow.office.claimNext('robot');
    const next = order[at + 1];
    if (next) await flow.signal(next);
    assert.deepEqual(await flow.steps(), [`${id}.do`], 'never two at the same time');
    await flow.office.does('robot', 'complete', task?.id ?? '', { token: task?.token });
  }
  assert.deepEqual(
    await flow.history(),
    order.map((id) => `${id}.do`),
    'each once',
  );
  await flow.isOver();
}

const ordersOf = (ids: readonly string[]): string[][] =>
  ids.length === 0
    ? [[]]
    : ids.flatMap((id) => ordersOf(ids.filter((other) => other !== id)).map((rest) => [id, ...rest]));

for (const [row, needs, count] of [
  ['WCP-17 Interleaved Parallel Routing', { a1: [], a2: ['a1'], b1: [], b2: ['b1'] }, 6],
  ['WCP-40 Interleaved Routing', { a: [], b: [], c: [] }, 6],
] as const)
  test(row, async () => {
    const before: Readonly<Record<string, readonly string[]>> = needs;
    const allowed = ordersOf(Object.keys(needs)).filter((order) =>
      order.every((id, at) => before[id]?.every((other) => order.indexOf(other) < at)),
    );
    assert.equal(allowed.length, count);
    const first = await Flow.open(interleaved(needs), { limits: { concurrency: 1 } });
    for (const [at, order] of allowed.entries()) await inOrder(at === 0 ? first : await first.again(), order);
    await first.office.close();
  });

test('what people do takes none of the concurrency of a run, but a fan-out is within it or its own', async () => {
  const setting = { limits: { concurrency: 2 } };
  const each = (forEach: unknown): Phase[] => [{ id: 'a', steps: [clerical('do', {}, { forEach })] }];
  const open = async (phases: Phase[], count: number): Promise<void> => {
    const flow = await Flow.open(phases, setting);
    assert.equal((await flow.steps()).length, count);
    await flow.office.close();
  };
  await open([one('a'), one('b'), one('c')], 3);
  await open(each([1, 2, 3]), 2);
  await open(each({ items: [1, 2, 3, 4], concurrency: 3 }), 3);
});

test('WCP-18 Milestone', async (t) => {
  await t.test('while what was reached stands', async () => {
    const good = { subject: 'x', from: 'role:lead', onReject: { redo: 'a', max: 5 } };
    const flow = await Flow.open([
      one('a'),
      one('change', { needs: ['a'] }),
      { id: 'check', needs: ['a'], steps: [{ id: 'good', approval: good }] },
    ]);
    assert.equal(await flow.times('change.do'), 0);
    await flow.complete('a.do');
    const { id } = await flow.task('change.do');
    await flow.decide('reject');
    assert.deepEqual(await flow.steps(), ['a.do'], 'the case has left the state');
    const late = await flow.office.act('clerk', 'start', id);
    assert.deepEqual([late.status, late.body.code], [409, 'task_closed']);
    await flow.complete('a.do');
    await flow.complete('change.do');
    await flow.decide('approve');
    await flow.ended();
  });

  await t.test('until a time', async () => {
    const deadlines = [{ on: 'start', within: '2d', then: 'expire' }];
    const flow = await Flow.open([
      { id: 'change', steps: [clerical('do', { deadlines }, { onFailure: 'skip' })] },
      one('go-on'),
    ]);
    const [begun, { id }] = [await flow.again(), await flow.task('change.do')];
    await flow.office.does('clerk', 'start', (await begun.task('change.do')).id);
    flow.office.site.bed.clock.move(2 * DAY);
    await flow.comesTo('go-on.do');
    const late = await flow.office.act('clerk', 'start', id);
    assert.deepEqual([late.status, late.body.code], [409, 'task_closed']);
    await begun.complete('change.do');
    for (const run of [flow, begun]) {
      await run.complete('go-on.do');
      await run.isOver();
    }
    await flow.office.close();
  });
});

test('WCP-39 Critical Section', async () => {
  const section = { phases: [one('x'), one('y', { needs: ['x'] })] };
  const guarded = (id: string): Phase[] => [
    { id: `${id}-may`, steps: [wait(id)] },
    nested(id, 'section', { needs: [`${id}-may`] }),
  ];
  const phases = [...guarded('a'), ...guarded('b'), one('beside')];
  const setting = { before: { section }, limits: { concurrency: 1 } };
  for (const order of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    const flow = await Flow.open(phases, setting);
    for (const id of order) await flow.signal(id);
    const [first, second] = order;
    const [region] = await flow.children(1);
    for (const step of ['x.do', 'y.do']) {
      assert.equal((await flow.step(`${first}.run`)).status, 'open');
      assert.equal((await flow.step(`${second}.run`)).status, 'pending', `not before the other's ${step}`);
      await region?.complete(step);
    }
    const [, other] = await flow.children(2);
    assert.equal((await flow.step(`${first}.run`)).status, 'completed');
    for (const step of ['x.do', 'y.do']) await other?.complete(step);
    await flow.complete('beside.do');
    await flow.ended();
  }
});

test('WCP-24 Persistent Trigger', async () => {
  const flow = await Flow.open([
    one('a'),
    { id: 'b', needs: ['a'], steps: [wait('go')] },
    one('c', { needs: ['b'] }),
  ]);
  await flow.signal('go', 1);
  await flow.complete('a.do');
  await flow.complete('c.do');
  assert.equal((await flow.step('b.go')).output, 1);
  const events = await flow.office.events(flow.run);
  assert.equal(events.filter(({ type }) => type === 'wait.completed').length, 1, 'exactly once');
  await flow.ended();
});
