/** Work that is done before its turn is held to the policies on who begins and on what comes of it, over HTTP. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encoded, House } from './kit.ts';

const FIRST = { id: 'a', task: { by: 'human', from: 'role:operator' } };
const EARLY = {
  id: 'b',
  task: { requires: ['work'], by: 'agent', assign: { strategy: 'offer', when: 'early' } },
};

interface Task {
  readonly id: string;
  readonly step: string;
  readonly predone: boolean;
}

/** A run of which an agent may do the second step before the first is done. */
async function ahead(...policies: readonly object[]) {
  const house = await House.open();
  for (const policy of policies) await house.adopt({ policy });
  const run = await house.start(await house.define(FIRST, EARLY));
  const open = async () =>
    (await house.get<{ rows: Task[] }>('root', `/v1/tasks?run=${run.id}&open=true`)).rows;
  const task = async (step: string) => (await open()).find((one) => one.step === step);
  const predo = `/v1/tasks/${encoded((await task('p1.b'))?.id ?? '')}/predo`;
  return { house, run: run.id, task, predo };
}

for (const [what, policy, code] of [
  ['denied', { id: 'no', on: 'task.complete', effect: 'deny', code: 'wrong' }, 'policy_denied'],
  [
    'left to people',
    { id: 'look', on: 'task.complete', effect: 'route_to_human', to: 'role:clerk' },
    'human_required',
  ],
  [
    'to be approved',
    { id: 'ask', on: 'task.complete', effect: 'require_approval', from: 'role:clerk', within: '8h' },
    'human_required',
  ],
  ['of somebody who may not begin', { id: 'never', on: 'task.start', effect: 'deny' }, 'policy_denied'],
] as const)
  test(`a result that is ${what} is not taken before its turn either`, async () => {
    const { house, task, predo } = await ahead(policy);
    assert.equal(await house.refused('robot', predo, { output: 1 }), code);
    assert.equal((await task('p1.b'))?.predone, false);
    await house.close();
  });

test('under the emergency stop nothing is done before its turn', async () => {
  const { house, task, predo } = await ahead();
  await house.post('officer', '/v1/emergency-stop', { reason: 'smoke' });
  assert.equal(await house.refused('robot', predo, { output: 1 }), 'emergency_stop');
  assert.equal((await task('p1.b'))?.predone, false);
  await house.close();
});

test('what policies let pass is used in its turn, and they can be tried on it', async () => {
  const policy = { id: 'few', on: 'task.complete', when: 'output > 9', effect: 'deny', code: 'much' };
  const { house, run, task, predo } = await ahead(policy);
  await house.post('robot', predo, { output: 5 });
  const first = await task('p0.a');
  const { token } = (
    await house.post<{ task: { token: number } }>(
      'operator',
      `/v1/tasks/${encoded(first?.id ?? '')}/start`,
      {},
    )
  ).task;
  await house.post('operator', `/v1/tasks/${encoded(first?.id ?? '')}/complete`, { token, output: 1 });
  assert.equal((await house.get<{ status: string }>('root', `/v1/runs/${run}`)).status, 'completed');
  const fewer = { ...policy, when: 'output > 4 && participant.kind == "agent"' };
  const tried = await house.post<{ differences: { point: string; after: { verdict: string } }[] }>(
    'root',
    '/v1/policies/simulate',
    { policies: [fewer], runs: [run] },
  );
  assert.deepEqual(
    tried.differences.map(({ point, after }) => [point, after.verdict]),
    [['task.complete', 'deny']],
  );
  await house.close();
});
