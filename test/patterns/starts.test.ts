import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, clerks, Office, person } from './office.ts';

const history = async (office: Office, run: string, task: string): Promise<string[]> =>
  (await office.events(run)).filter(({ payload }) => payload['task'] === task).map(({ type }) => type);

test('WRP-36 Commencement on Creation: it begins in the event that creates it', async () => {
  const office = await Office.open(...clerks('ann'));
  const run = await office.start(clerical('a', { from: 'passport_ann', commence: 'creation' }));
  const { id, status, assignee } = await office.task(run);
  assert.deepEqual([status, assignee], ['in_progress', 'passport_ann']);
  assert.deepEqual(await history(office, run, id), ['task.created']);
  await office.complete('ann', id);
  await office.close();
});

test('WRP-37 Commencement on Allocation: whoever gets it has begun it with that', async () => {
  const office = await Office.open(...clerks('ann', 'bo'));
  const run = await office.start(clerical('a', { commence: 'allocation' }));
  const { id, status } = await office.task(run);
  assert.equal(status, 'ready');
  assert.equal((await office.does('ann', 'claim', id)).status, 'in_progress');
  assert.equal((await office.does('ann', 'delegate', id, { to: 'passport_bo' })).status, 'in_progress');
  assert.deepEqual(await history(office, run, id), [
    'task.created',
    'task.started',
    'task.delegated',
    'task.started',
  ]);
  await office.close();
});

test('WRP-38 Piled Execution: the next task of the step from any case begins; one person at a time', async () => {
  const office = await Office.open(...clerks('ann', 'bo'));
  const job = await office.define('piles', [clerical('a'), clerical('other')]);
  const runs = [await office.run(job), await office.run(job), await office.run(job)];
  const taskOf = async (at: number) => office.task(runs[at] as string, 'p0.a');
  const complete = async (who: string, id: string) =>
    (
      await office.done<{ next: { id: string; run: string; status: string } | null }>(
        who,
        `/v1/tasks/${encodeURIComponent(id)}/complete`,
        { next: 'piled' },
      )
    ).next;
  const first = await taskOf(0);
  await office.does('ann', 'start', first.id);
  const next = await complete('ann', first.id);
  assert.deepEqual([next?.run, next?.status], [runs[1], 'in_progress']);
  const third = await taskOf(2);
  await office.does('bo', 'start', third.id);
  assert.equal((await office.act('bo', 'complete', third.id, { next: 'piled' })).body.code, 'pile_taken');
  assert.equal(await complete('ann', next?.id ?? ''), null, 'none is left: the pile is over');
  assert.equal(await complete('bo', third.id), null);
  await office.close();
});

test('WRP-39 Chained Execution: the next task of the case begins in the same commit', async () => {
  const office = await Office.open(...clerks('ann'), person('boss', { roles: ['boss'] }));
  const run = await office.start(clerical('a'), [
    { id: 'x', task: { by: 'human', from: 'role:boss' } },
    clerical('b'),
  ]);
  const { id } = await office.task(run);
  await office.does('ann', 'start', id);
  const { next } = await office.done<{ next: { step: string; assignee: string } }>(
    'ann',
    `/v1/tasks/${encodeURIComponent(id)}/complete`,
    { next: 'chained' },
  );
  assert.deepEqual([next.step, next.assignee], ['p1.b', 'passport_ann'], 'and not the one she may not do');
  assert.equal((await office.events(run)).at(-1)?.type, 'task.started');
  await office.close();
});

const lists = async (office: Office, who: string, run: string, id: string): Promise<boolean[]> => {
  const rows = await office.get<{ rows: { id: string }[] }>(who, `/v1/tasks?run=${run}`);
  const { status } = await office.site.ask(who, 'GET', `/v1/tasks/${encodeURIComponent(id)}`);
  const shown = await office.get<{ tasks: { id: string }[] }>(who, `/v1/runs/${run}`);
  const { events } = await office.get<{ events: { payload: Record<string, unknown> }[] }>(
    who,
    `/v1/runs/${run}/events`,
  );
  const all = await office.get<{ events: { payload: Record<string, unknown> }[] }>(
    who,
    '/v1/events?limit=1000',
  );
  const told = (of: typeof events): boolean =>
    of.some(({ payload }) => payload['task'] === id && payload['hidden'] !== true);
  return [
    rows.rows.some((task) => task.id === id),
    status === 200,
    shown.tasks.some((task) => task.id === id),
    told(events),
    told(all.events),
  ];
};
const ALL = [true, true, true, true, true];
const NONE = [false, false, false, false, false];

for (const [row, part, holds] of [
  ['WRP-40 Configurable Unallocated Work Item Visibility', 'unallocated', false],
  ['WRP-41 Configurable Allocated Work Item Visibility', 'allocated', true],
] as const) {
  const narrow = part === 'unallocated' ? 'candidates' : 'holder';
  test(`${row}: in lists, by id, in runs, events and exports alike`, async () => {
    const office = await Office.open(
      ...clerks('ann', 'bo'),
      person('eve'),
      person('audit', { roles: ['auditor'] }),
    );
    const run = await office.start(clerical('a'));
    const { id } = await office.task(run);
    if (holds) await office.does('ann', 'claim', id);
    assert.deepEqual(await lists(office, 'eve', run, id), ALL, 'as a rule everybody sees everything');
    assert.equal((await office.site.json('root', 'PUT', '/v1/visibility', { [part]: narrow })).status, 200);
    assert.deepEqual(await lists(office, 'eve', run, id), NONE);
    assert.deepEqual(await lists(office, 'bo', run, id), holds ? NONE : ALL, 'a candidate');
    assert.deepEqual(await lists(office, 'ann', run, id), ALL);
    assert.deepEqual(await lists(office, 'audit', run, id), ALL, 'who may read the ledger sees all');
    assert.equal((await office.site.ask('eve', 'GET', '/v1/ledger/export')).status, 403);
    const open = await office.start(clerical('a', { visibility: { [part]: 'everyone' } }));
    const other = await office.task(open);
    if (holds) await office.does('ann', 'claim', other.id);
    assert.deepEqual(await lists(office, 'eve', open, other.id), ALL, 'the step has the last word');
    assert.equal((await office.site.json('eve', 'PUT', '/v1/visibility', {})).status, 403);
    await office.close();
  });
}

for (const [rule, answers] of [
  ['all', 2],
  ['any', 1],
  ['none', 0],
] as const) {
  test(`WRP-43 Additional Resources: the task waits for ${rule} of those whose help was asked for`, async () => {
    const office = await Office.open(...clerks('ann'), person('eve', { roles: ['expert'] }), person('lea'));
    const { id } = await office.task(await office.start(clerical('a', { help: rule })));
    await office.does('ann', 'start', id);
    await office.does('ann', 'request-help', id, { from: 'role:expert', text: 'Is it right?' });
    const { help } = await office.does('ann', 'request-help', id, { from: 'passport_lea', text: 'And you?' });
    assert.deepEqual(
      help.map(({ from }) => from),
      ['role:expert', 'passport_lea'],
      'the task shows them',
    );
    assert.equal(await office.sees('eve', id), true);
    const other = await office.act('lea', 'help', id, { request: 1, output: 'mine' });
    assert.equal(other.status, 403, 'who was not asked does not answer');
    const given = [
      ['eve', 1],
      ['lea', 2],
    ] as const;
    for (let at = 0; at < answers; at += 1) {
      assert.equal((await office.act('ann', 'complete', id)).body.code, 'help_pending');
      const [who, request] = given[at]!;
      await office.does(who, 'help', id, { request, output: 'yes' });
      assert.equal(await office.sees(who, id), false);
    }
    assert.equal((await office.does('ann', 'complete', id)).status, 'completed');
    await office.close();
  });
}
