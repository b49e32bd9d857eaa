import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, Office, person, type TaskView } from './office.ts';

/**
 * Workflow control-flow patterns (Russell, ter Hofstede, van der Aalst, Mulyar), as far as definitions have them: one test each, named
 * after the row.
 */
const people = [person('clerk', { roles: ['clerk'] }), person('lead', { roles: ['lead'] })];

interface Phase {
  readonly id: string;
  readonly needs?: readonly string[];
  readonly if?: string;
  readonly steps: readonly object[];
}
const one = (id: string, more: Omit<Phase, 'id' | 'steps'> = {}): Phase => ({
  id,
  ...more,
  steps: [clerical('do')],
});

class Flow {
  readonly office: Office;
  readonly run: string;

  private constructor(office: Office, run: string) {
    this.office = office;
    this.run = run;
  }

  static async open(phases: readonly Phase[], input: object = {}): Promise<Flow> {
    const office = await Office.open(...people);
    await office.done('root', '/v1/definitions', { document: { id: 'flow', phases } });
    return new Flow(office, await office.run('flow', input));
  }

  async steps(): Promise<string[]> {
    return (await this.office.open(this.run)).map(({ step }) => step).toSorted();
  }

  task = (step: string): Promise<TaskView> => this.office.task(this.run, step);

  async complete(step: string, output: unknown = null): Promise<void> {
    await this.office.complete('clerk', (await this.task(step)).id, output);
  }

  async ended(verdict = 'ok'): Promise<void> {
    assert.equal((await this.office.verdict(this.run)).verdict, verdict);
    assert.deepEqual(await this.steps(), []);
    await this.office.close();
  }

  /** How often a step was begun. */
  async times(step: string): Promise<number> {
    const events = await this.office.events(this.run);
    return events.filter(({ type, payload }) => type === 'task.created' && payload['step'] === step).length;
  }
}

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

for (const [row, merged] of [
  ['WCP-04 Exclusive Choice', false],
  ['WCP-05 Simple Merge', true],
] as const)
  test(row, async () => {
    const flow = await Flow.open(choice('${ input.amount > 10 }', '${ input.amount <= 10 }'), { amount: 5 });
    await flow.complete('a.do');
    assert.deepEqual(await flow.steps(), ['c.do']);
    await flow.complete('c.do');
    assert.equal(await flow.times('b.do'), 0, 'the other branch has no work');
    if (merged)
      assert.equal(await flow.times('d.do'), 1, 'the follow-up runs once, without the other branch');
    await flow.complete('d.do');
    await flow.ended();
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
      const flow = await Flow.open(choice('${ input.b }', '${ input.c }'), input);
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

test('WCP-11 Implicit Termination', async () => {
  const flow = await Flow.open([one('a'), one('b')]);
  await flow.complete('b.do');
  assert.equal((await flow.office.verdict(flow.run)).verdict, 'awaiting_human');
  await flow.complete('a.do');
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
    const steps = [clerical('do', { input: '${ item }' }, { forEach: items })];
    const flow = await Flow.open([{ id: 'a', steps }, one('b', { needs: ['a'] })], input);
    const open = await flow.office.open(flow.run);
    assert.equal(open.length, 3);
    for (const [at, { id }] of open.entries()) {
      assert.equal(await flow.times('b.do'), 0, `after ${at} of them`);
      await flow.office.complete('clerk', id);
    }
    await flow.complete('b.do');
    await flow.ended();
  });

test('WCP-19 Cancel Task', async () => {
  const flow = await Flow.open([
    { id: 'a', steps: [clerical('do', {}, { onFailure: 'skip' }), clerical('other')] },
  ]);
  const { id } = await flow.task('a.do');
  const { token } = await flow.office.does('clerk', 'start', id);
  await flow.office.does('root', 'exit', id);
  assert.equal(await flow.office.sees('clerk', id), false);
  const late = await flow.office.act('clerk', 'complete', id, { token });
  assert.deepEqual([late.status, late.body.code], [409, 'task_closed']);
  await flow.complete('a.other');
  await flow.ended();
});

test('WCP-20 Cancel Case', async () => {
  const nested = [one('x')];
  const office = await Office.open(...people);
  await office.done('root', '/v1/definitions', {
    document: { id: 'child', safety: 'read_only', phases: nested },
  });
  const phases = [{ id: 'a', steps: [clerical('do'), { id: 'child', workflow: { definition: 'child' } }] }];
  await office.done('root', '/v1/definitions', { document: { id: 'flow', phases } });
  const run = await office.run('flow');
  const { id } = await office.task(run, 'a.do');
  const { token } = await office.does('clerk', 'start', id);
  const children = async () =>
    (await office.get<{ rows: { id: string; status: string }[] }>('root', `/v1/runs?parent=${run}`)).rows;
  await office.until(async () => (await children()).length === 1);
  await office.done('root', `/v1/runs/${run}/cancel`, { reason: 'not wanted' });
  await office.until(async () => (await children()).every(({ status }) => status === 'cancelled'));
  assert.equal((await office.act('clerk', 'complete', id, { token })).body.code, 'task_closed');
  assert.equal((await office.get<{ status: string }>('root', `/v1/runs/${run}`)).status, 'cancelled');
  await office.close();
});

test('WCP-21 Structured Loop', async () => {
  const flow = await Flow.open([
    one('a'),
    {
      id: 'b',
      needs: ['a'],
      steps: [
        {
          id: 'good',
          approval: {
            subject: '${ phases.a.do.output }',
            from: 'role:lead',
            onReject: { redo: 'a', max: 3 },
          },
        },
      ],
    },
  ]);
  for (const outcome of ['reject', 'reject', 'approve']) {
    await flow.complete('a.do', outcome);
    const { id } = await flow.task('b.good');
    const subject = (await flow.office.detail(id)).approval?.subject;
    await flow.office.done('lead', `/v1/tasks/${encodeURIComponent(id)}/decide`, {
      outcome,
      subject,
      reason: 'so',
    });
  }
  const { steps } = await flow.office.get<{ steps: { round: number }[] }>('root', `/v1/runs/${flow.run}`);
  assert.equal(steps[0]?.round, 3, 'the iterations are counted');
  await flow.ended();
});

test('WCP-24 Persistent Trigger', async () => {
  const steps = [{ id: 'go', wait: { signal: 'go' } }];
  const flow = await Flow.open([one('a'), { id: 'b', needs: ['a'], steps }, one('c', { needs: ['b'] })]);
  await flow.office.done('root', `/v1/runs/${flow.run}/signal`, { signal: 'go', payload: 1 });
  await flow.complete('a.do');
  await flow.complete('c.do');
  const events = await flow.office.events(flow.run);
  assert.equal(events.filter(({ type }) => type === 'wait.completed').length, 1, 'exactly once');
  await flow.ended();
});

test('WCP-26 Cancel Multiple Instance Task', async () => {
  const flow = await Flow.open([
    { id: 'a', steps: [clerical('do', {}, { forEach: [1, 2, 3], onFailure: 'skip' })] },
    one('b', { needs: ['a'] }),
  ]);
  const [first, ...rest] = await flow.office.open(flow.run);
  await flow.office.complete('clerk', first?.id ?? '', 'kept');
  for (const { id } of rest) await flow.office.does('root', 'exit', id);
  const { steps } = await flow.office.get<{ steps: { outputs: unknown[]; progress: object }[] }>(
    'root',
    `/v1/runs/${flow.run}`,
  );
  assert.deepEqual(steps[0]?.outputs, ['kept', null, null], 'finished results remain');
  await flow.complete('b.do');
  await flow.ended();
});

test('WCP-27 Complete Multiple Instance Task', async () => {
  const flow = await Flow.open([
    { id: 'a', steps: [clerical('do', {}, { forEach: [1, 2, 3] })] },
    one('b', { needs: ['a'] }),
  ]);
  for (const { id } of await flow.office.open(flow.run))
    await flow.office.does('root', 'force-complete', id, { output: 'by force' });
  assert.deepEqual(await flow.steps(), ['b.do']);
  await flow.complete('b.do');
  await flow.ended();
});

test('WCP-32 Cancelling Partial Join', async () => {
  const approval = { subject: 'x', from: 'role:lead', quorum: 2 };
  const office = await Office.open(...['ann', 'bo', 'cy'].map((id) => person(id, { roles: ['lead'] })));
  const run = await office.start({ id: 'good', approval }, clerical('later'));
  const { id } = await office.task(run);
  const subject = (await office.detail(id)).approval?.subject;
  for (const who of ['ann', 'bo'])
    await office.done(who, `/v1/tasks/${encodeURIComponent(id)}/decide`, { outcome: 'approve', subject });
  assert.deepEqual(
    (await office.open(run)).map(({ step }) => step),
    ['p1.later'],
    'it goes on at the second of three',
  );
  const third = await office.act('cy', 'decide', id, { outcome: 'approve', subject });
  assert.equal(third.status, 409);
  await office.close();
});
