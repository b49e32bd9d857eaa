import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../../test/e2e/http-testbed.ts';

const WORK = { id: 'a', task: { by: 'human', from: 'role:clerk' } };

test('lists show a task to whoever started its run or answers for it, and what an earlier release wrote as well', async () => {
  const owner = passport('owner');
  const starter = passport('starter', { kind: 'agent', owner: 'passport_owner', roles: ['operator'] });
  const other = passport('other');
  const bed = await Testbed.open(owner, starter, other, passport('worker', { roles: ['clerk'] }));
  await bed.ok('root', 'task.set_visibility', { unallocated: 'candidates', allocated: 'holder' });
  const definition = await bed.define(WORK);
  const of: Record<string, string> = {};
  for (const name of ['starter', 'root'])
    of[name] = (await bed.ok(name, 'workflow.start', { definition })).id;
  await bed.ok('root', 'workflow.approve', { id: of['starter'] ?? '' });
  const runsOf = async (name: string): Promise<string[]> =>
    (await bed.ok(name, 'task.list', {})).rows.map(({ run }) => run).toSorted();
  const shown = async (): Promise<string[][]> => Promise.all(['owner', 'other', 'worker'].map(runsOf));
  const expected = [[of['starter']], [], Object.values(of).toSorted()];
  assert.deepEqual(await shown(), expected);
  const { runsNamed } = bed.store;
  bed.store.runsNamed = async (ids) =>
    (await runsNamed.call(bed.store, ids)).map(({ summary: { accountable: _, ...summary }, ...row }) => ({
      ...row,
      summary,
    }));
  assert.deepEqual(await shown(), expected);
  const { events } = await bed.ok('owner', 'event.list', { limit: 1000 });
  const created = events.filter(({ type }) => type === 'task.created');
  assert.deepEqual(
    created.map(({ run, payload }) => [run, payload['hidden'] === true]),
    [
      [of['root'], true],
      [of['starter'], false],
    ],
  );
  await bed.close();
});

test('SEE-2: an event of a hidden task says that there was something, and not who has the task', async () => {
  const bed = await Testbed.open(passport('bob', { roles: ['clerk'] }), passport('other'));
  await bed.ok('root', 'task.set_visibility', { unallocated: 'candidates', allocated: 'holder' });
  const id = await bed.start(WORK);
  const task = (await bed.taskOf(id)).id;
  await bed.ok('bob', 'task.start', { id: task });
  const startedFor = async (name: string) => {
    const { events } = await bed.ok(name, 'run.events', { id });
    return events.find(({ type }) => type === 'task.started');
  };
  const [own, hidden] = [await startedFor('bob'), await startedFor('other')];
  assert.equal(own?.actor, 'passport_bob');
  assert.deepEqual(hidden?.payload, { task, hidden: true });
  assert.deepEqual(
    [hidden.actor, hidden.onBehalfOf, hidden.authority],
    ['hidden', null, { kind: 'system', id: 'hidden' }],
  );
  assert.deepEqual([hidden.at, hidden.hash, hidden.previous], [own.at, own.hash, own.previous]);
  await bed.close();
});

test('SEE-2: a run shows what steps have come to without the results of tasks that are hidden', async () => {
  const bed = await Testbed.open(
    passport('bob', { roles: ['clerk'] }),
    passport('eve', { roles: ['clerk'] }),
    passport('other'),
  );
  await bed.ok('root', 'task.set_visibility', { unallocated: 'candidates', allocated: 'holder' });
  const open = {
    by: 'human',
    from: 'role:clerk',
    visibility: { allocated: 'everyone', unallocated: 'everyone' },
  };
  const id = await bed.start({ ...WORK, forEach: '${ [1, 2, 3] }' }, WORK, { id: 'a', task: open }, WORK);
  const begin = async (who: string): Promise<string> => {
    const { rows } = await bed.ok('root', 'task.list', { run: id, open: true });
    const task = rows.toSorted((one, two) => one.slot - two.slot)[0]?.id ?? '';
    await bed.ok(who, 'task.start', { id: task });
    return task;
  };
  const ends = [
    ['bob', { salary: 1 }],
    ['eve', { salary: 2 }],
    ['bob', { salary: 3 }],
    ['bob', { salary: 1000 }],
    ['bob', 'for all'],
  ] as const;
  for (const [who, output] of ends) await bed.ok(who, 'task.complete', { id: await begin(who), output });
  await bed.ok('bob', 'task.fail', { id: await begin('bob'), code: 'lost', message: 'Salary 1000 is lost' });
  const shown = async (who: string) => {
    const { steps } = await bed.ok(who, 'workflow.get_run', { id });
    return steps.map(({ output, outputs, failure }) => [output, outputs, failure?.code ?? null]);
  };
  const [each, one, all, failed] = [{ salary: 1 }, { salary: 1000 }, 'for all', 'lost'];
  const whole = [
    [null, [each, { salary: 2 }, { salary: 3 }], null],
    [one, null, null],
    [all, null, null],
  ];
  assert.deepEqual(await shown('root'), [...whole, [null, null, failed]]);
  assert.deepEqual(await shown('bob'), [
    [null, [each, null, { salary: 3 }], null],
    [one, null, null],
    [all, null, null],
    [null, null, failed],
  ]);
  assert.deepEqual(await shown('other'), [
    [null, [null, null, null], null],
    [null, null, null],
    [all, null, null],
    [null, null, null],
  ]);
  await bed.close();
});

test('who sees what is set once under one key, also by a server that has forgotten', async () => {
  const bed = await Testbed.open();
  const asked = { idempotencyKey: 'once' };
  const first = await bed.ok('root', 'task.set_visibility', { allocated: 'holder' }, asked);
  await bed.runtime.stop();
  const forgetful = new Testbed(bed.store);
  await forgetful.runtime.start();
  await forgetful.ok('root', 'task.set_visibility', { allocated: 'everyone' });
  assert.deepEqual(await forgetful.ok('root', 'task.set_visibility', { allocated: 'holder' }, asked), first);
  assert.equal((await forgetful.ok('root', 'task.visibility', {})).allocated, 'everyone');
  await forgetful.close();
});

test('what is not said of who sees what stays as it is', async () => {
  const bed = await Testbed.open();
  await bed.ok('root', 'task.set_visibility', { unallocated: 'candidates' });
  await bed.ok('root', 'task.set_visibility', { allocated: 'holder' });
  const both = { unallocated: 'candidates', allocated: 'holder' };
  assert.deepEqual(await bed.ok('root', 'task.visibility', {}), both);
  assert.deepEqual(await bed.ok('root', 'task.set_visibility', {}), both);
  await bed.close();
});

test('SEE-2: what a task comes to is hidden also where an approval that it asked for ends with it', async () => {
  const bed = await Testbed.open(
    passport('bot', { kind: 'agent', capabilities: ['read'] }),
    passport('other'),
  );
  await bed.ok('root', 'task.set_visibility', { allocated: 'holder' });
  const id = await bed.start({ id: 'a', task: { requires: ['read'], by: 'agent' } });
  const { task } = await bed.ok('bot', 'task.claim_next', {});
  const held = { id: task?.id ?? '', token: task?.token ?? 0 };
  const asked = await bed.ok('bot', 'tool.request', { ...held, call: '1', tool: 'pay', arguments: {} });
  assert.equal(asked.approvals.length, 1);
  await bed.ok('bot', 'task.complete', { ...held, output: { salary: 1000 } });
  const outputOf = async (who: string) => (await bed.ok(who, 'workflow.get_run', { id })).steps[0]?.output;
  assert.deepEqual(await outputOf('root'), { salary: 1000 });
  assert.equal(await outputOf('other'), null);
  const { events } = await bed.ok('other', 'run.events', { id });
  assert.deepEqual(
    events.filter(({ type }) => type === 'tool.closed').map(({ actor }) => actor),
    ['hidden'],
  );
  await bed.close();
});

test('SEE-2: how a run has failed does not tell the words of a task that is hidden', async () => {
  const bed = await Testbed.open(passport('bob', { roles: ['clerk'] }), passport('other'));
  await bed.ok('root', 'task.set_visibility', { allocated: 'holder' });
  const open = { ...WORK, task: { ...WORK.task, visibility: { allocated: 'everyone' } } };
  const failed = async (step: object): Promise<string> => {
    const id = await bed.start(step);
    const task = (await bed.taskOf(id)).id;
    await bed.ok('bob', 'task.start', { id: task });
    await bed.ok('bob', 'task.fail', { id: task, code: 'lost', message: 'Salary 1000 is lost' });
    return id;
  };
  const told = async (who: string, id: string) => {
    const run = await bed.ok(who, 'workflow.get_run', { id });
    const { rows } = await bed.ok(who, 'workflow.list_runs', {});
    const { events } = await bed.ok(who, 'run.events', { id });
    const all = await bed.ok(who, 'event.list', { limit: 1000 });
    const row = rows.find((one) => one.id === id);
    const [failure, verdict] = [run.failure, run.verdict];
    assert.deepEqual([failure?.code, failure?.step, verdict.layer], ['lost', 'p0.a', 'decide']);
    const mine = all.events.filter((one) => one.run === id);
    return [[failure, verdict], row, events, mine].map((one) => JSON.stringify(one).includes('Salary'));
  };
  const hidden = await failed(WORK);
  const seen = [true, true, true, true];
  assert.deepEqual(await told('root', hidden), seen);
  assert.deepEqual(await told('bob', hidden), [true, false, true, true], 'a list looks into no run');
  assert.deepEqual(await told('other', hidden), [false, false, false, false]);
  const { verdict } = await bed.ok('other', 'workflow.get_run', { id: hidden });
  assert.equal(verdict.reason, 'lost: What happened is hidden.');
  assert.deepEqual(await told('other', await failed(open)), seen);
  await bed.close();
});

test('what a run has come to is looked for in no more tasks than are worth reading', async () => {
  const bed = await Testbed.open(passport('bob', { roles: ['clerk'] }), passport('other'));
  await bed.ok('root', 'task.set_visibility', { allocated: 'holder' });
  const step = { ...WORK, forEach: '${ input.items }', task: { ...WORK.task, input: '${ input.text }' } };
  const limits = { concurrency: 600, tasks: 600 };
  const document = { id: 'large', name: 'Large', limits, phases: [{ id: 'p', steps: [step] }] };
  await bed.ok('root', 'workflow.save_definition', { document });
  const input = { text: 'x'.repeat(60_000), items: Array.from({ length: 600 }, (_, at) => at) };
  const { id } = await bed.ok('root', 'workflow.start', { definition: 'large', input });
  const [first] = (await bed.ok('root', 'task.list', { run: id, limit: 1 })).rows;
  await bed.ok('bob', 'task.start', { id: first?.id ?? '' });
  await bed.ok('bob', 'task.complete', { id: first?.id ?? '', output: 'mine' });
  const { tasks } = bed.store;
  let read = 0;
  bed.store.tasks = async (...asked) => {
    const page = await tasks.apply(bed.store, asked);
    read += page.rows.length;
    return page;
  };
  const outputs = async (who: string) =>
    (await bed.ok(who, 'workflow.get_run', { id, results: 'all' })).steps[0]?.outputs;
  assert.deepEqual((await outputs('root'))?.[first?.slot ?? 0], 'mine');
  assert.equal(read, 0);
  assert.equal(await outputs('other'), null);
  assert.equal(read, 200);
  const [next] = (await bed.ok('root', 'task.list', { run: id, open: true, limit: 1 })).rows;
  await bed.ok('bob', 'task.start', { id: next?.id ?? '' });
  await bed.ok('bob', 'task.fail', { id: next?.id ?? '', code: 'lost', message: 'Salary 1000' });
  const failure = async (who: string) => (await bed.ok(who, 'workflow.get_run', { id })).steps[0]?.failure;
  assert.notEqual(await failure('root'), null);
  assert.equal(await failure('other'), null);
  await bed.close();
});

test('SEE-2: of a list it is told why those items have failed that are seen', async () => {
  const clerk = { roles: ['clerk'] };
  const bed = await Testbed.open(passport('bob', clerk), passport('eve', clerk), passport('other'));
  await bed.ok('root', 'task.set_visibility', { allocated: 'holder' });
  const run = await bed.start({ ...WORK, forEach: '${ [1, 2] }', onFailure: 'skip' });
  const { rows } = await bed.ok('root', 'task.list', { run, open: true });
  for (const [at, who] of ['bob', 'eve'].entries()) {
    const id = rows[at]?.id ?? '';
    await bed.ok(who, 'task.start', { id });
    await bed.ok(who, 'task.fail', { id, code: 'lost', message: `Salary of ${who}` });
  }
  const told = async (who: string) => {
    const { steps } = await bed.ok(who, 'workflow.get_run', { id: run, results: 'all' });
    return ['bob', 'eve'].filter((name) => JSON.stringify(steps).includes(`Salary of ${name}`));
  };
  assert.deepEqual(await told('root'), ['bob', 'eve']);
  assert.deepEqual([await told('bob'), await told('other')], [['bob'], []]);
  await bed.close();
});

test('SEE-2: what an approval that is a step has come to is as hidden as that', async () => {
  const bed = await Testbed.open(passport('boss', { roles: ['boss'] }), passport('other'));
  const run = await bed.start({ id: 'a', approval: { from: 'role:boss', subject: { n: 1 } } });
  const { id, approval } = await bed.taskOf(run);
  const decision = { outcome: 'approve_with_changes', changes: { n: 1000 } } as const;
  const subject = approval?.subject ?? '';
  await bed.ok('boss', 'task.decide', { id, ...decision, subject, reason: 'more' });
  const told = async (who: string) =>
    JSON.stringify((await bed.ok(who, 'workflow.get_run', { id: run, results: 'all' })).steps[0]?.output);
  assert.match(await told('other'), /1000/);
  await bed.ok('root', 'task.set_visibility', { allocated: 'holder', unallocated: 'candidates' });
  assert.match(await told('boss'), /1000/);
  assert.equal(await told('other'), 'null');
  await bed.close();
});
