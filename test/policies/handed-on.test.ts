/** Work that begins without anybody claiming it, over HTTP: right after other work, or with the word of somebody else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encoded, House, HOUR } from './kit.ts';

interface Task {
  readonly id: string;
  readonly status: string;
  readonly assignee: string | null;
  readonly deadline: number | null;
}

const PAIR = { id: 'a', forEach: [1, 2], task: { by: 'human', from: 'role:operator' } };
const SHORT = { id: 'short', on: 'task.start', effect: 'limit', duration: '30m' };

const open = async (house: House, run: string): Promise<Task[]> =>
  (await house.get<{ rows: Task[] }>('root', `/v1/tasks?run=${run}&open=true`)).rows.toReversed();
const act = (house: House, who: string, verb: string, task: Task | undefined, body: object = {}) =>
  house.post<{ task: Task; next?: Task | null }>(who, `/v1/tasks/${encoded(task?.id ?? '')}/${verb}`, body);
const stopAll = (house: House) => house.post('officer', '/v1/emergency-stop', { reason: 'smoke' });

test('under the emergency stop nothing is chained, also not what is reserved already', async () => {
  const house = await House.open();
  const run = await house.start(await house.define({ ...PAIR, forEach: [1, 2, 3] }));
  const [first, second] = await open(house, run.id);
  await act(house, 'operator', 'start', first);
  await act(house, 'operator', 'claim', second);
  await stopAll(house);
  assert.equal((await act(house, 'operator', 'complete', first, { next: 'chained' })).next, null);
  const left = await open(house, run.id);
  assert.deepEqual(left.map(({ status }) => status).toSorted(), ['ready', 'reserved']);
  await house.close();
});

test('what is chained has the time that a policy allows from then on', async () => {
  const house = await House.open();
  await house.adopt({ policy: SHORT });
  const run = await house.start(await house.define(PAIR));
  const [first] = await open(house, run.id);
  await act(house, 'operator', 'start', first);
  house.site.bed.clock.move(HOUR / 6);
  await act(house, 'operator', 'complete', first, { next: 'chained' });
  const [next] = await open(house, run.id);
  const due = house.site.bed.clock.now() + HOUR / 2;
  assert.deepEqual([next?.status, next?.deadline], ['in_progress', due]);
  await house.close();
});

for (const [verb, body] of [
  ['delegate', { to: 'passport_clerk' }],
  ['nominate', { to: ['passport_clerk'] }],
] as const) {
  const commencing = (more: object = {}) => ({
    id: 'a',
    task: { by: 'human', from: ['role:operator', 'role:clerk'], commence: 'allocation', ...more },
  });
  const manual = verb === 'nominate' ? { activate: 'manual' } : {};

  test(`${verb}: under the emergency stop whoever gets it has it, and does not begin with that`, async () => {
    const house = await House.open();
    const run = await house.start(await house.define(commencing(manual)));
    const [task] = await open(house, run.id);
    await stopAll(house);
    const passed = (await act(house, 'root', verb, task, body)).task;
    assert.deepEqual([passed.status, passed.assignee], ['reserved', 'passport_clerk']);
    await house.close();
  });

  test(`${verb}: whoever begins with that has the time that a policy allows`, async () => {
    const house = await House.open();
    await house.adopt({ policy: SHORT });
    const run = await house.start(await house.define(commencing(manual)));
    const [task] = await open(house, run.id);
    const passed = (await act(house, 'root', verb, task, body)).task;
    const due = house.site.bed.clock.now() + HOUR / 2;
    assert.deepEqual([passed.status, passed.deadline], ['in_progress', due]);
    await house.close();
  });
}
