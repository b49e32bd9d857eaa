/** Policies as somebody outside sees them: over HTTP, with a token each. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { House, WORK } from './kit.ts';

const CLOSED = { id: 'closed', on: 'run.start', effect: 'deny', code: 'closed', reason: 'Not now.' };

test('a policy holds when another person has approved exactly it, and from then on', async () => {
  const house = await House.open();
  const definition = await house.define(WORK);
  const { id, digest, status } = await house.propose({ policy: CLOSED });
  assert.equal(status, 'proposed');
  const approve = `/v1/policy-changes/${id}/approve`;
  assert.equal((await house.start(definition)).status, 'running', 'what is proposed binds nobody');
  assert.equal(await house.refused('root', approve, { digest }), 'separation_of_duties');
  assert.equal(await house.refused('robot', approve, { digest }), 'forbidden');
  assert.equal(await house.refused('operator', approve, { digest }), 'forbidden');
  assert.equal(await house.refused('officer', approve, { digest: '0'.repeat(64) }), 'approval_stale');
  await house.post('officer', approve, { digest });
  assert.equal(await house.refused('officer', approve, { digest }), 'already_decided');
  assert.equal(await house.refused('root', '/v1/runs', { definition }), 'policy_denied');
  const listed = await house.get<{ policies: { name: string; decidedBy: string }[] }>('root', '/v1/policies');
  assert.deepEqual(
    listed.policies.map(({ name, decidedBy }) => [name, decidedBy]),
    [['closed', 'passport_officer']],
  );
  const end = await house.propose({ retire: 'closed' });
  await house.post('officer', `/v1/policy-changes/${end.id}/approve`, { digest: end.digest });
  assert.equal((await house.start(definition)).status, 'running');
  const { changes } = await house.get<{ changes: { status: string }[] }>(
    'root',
    '/v1/policy-changes?name=closed',
  );
  assert.deepEqual(
    changes.map((change) => change.status),
    ['retired', 'active'],
  );
  await house.close();
});

test('a change that is rejected or taken back never holds', async () => {
  const house = await House.open();
  const definition = await house.define(WORK);
  const first = await house.propose({ policy: CLOSED });
  await house.post('officer', `/v1/policy-changes/${first.id}/reject`, { reason: 'No need.' });
  const second = await house.propose({ policy: CLOSED });
  await house.post('root', `/v1/policy-changes/${second.id}/withdraw`);
  for (const { id, digest } of [first, second])
    assert.equal(
      await house.refused('officer', `/v1/policy-changes/${id}/approve`, { digest }),
      'already_decided',
    );
  assert.equal((await house.start(definition)).status, 'running');
  const wrong = { ...CLOSED, when: 'nobody.knows ==' };
  assert.equal(await house.refused('root', '/v1/policy-changes', { policy: wrong }), 'policy_invalid');
  await house.close();
});

test('a run that has begun keeps its policies, unless the approval says otherwise', async () => {
  const house = await House.open();
  const people = { id: 'a', task: { requires: [], by: 'human', from: 'role:operator' } };
  const definition = await house.define(people, { ...people, id: 'b' });
  const deny = (id: string) => ({ policy: { id, on: 'task.start', effect: 'deny', code: 'halted' } });
  const start = async (run: string, step: string): Promise<string> => {
    const { rows } = await house.get<{ rows: { id: string; step: string }[] }>(
      'root',
      `/v1/tasks?run=${run}&open=true`,
    );
    const task = rows.find((one) => one.step.endsWith(step));
    const answer = await house.site.json(
      'operator',
      'POST',
      `/v1/tasks/${encodeURIComponent(task?.id ?? '')}/claim`,
      {},
    );
    return answer.status < 300 ? 'done' : (answer.body.code ?? '');
  };
  const old = await house.start(definition);
  await house.adopt(deny('first'));
  assert.equal(await start(old.id, '.a'), 'done', 'it keeps what it began with');
  const fresh = await house.start(definition);
  assert.notEqual(await start(fresh.id, '.a'), 'done');
  const other = await house.start(definition);
  await house.adopt({ retire: 'first' }, { applyTo: 'running' });
  assert.equal(await start(other.id, '.a'), 'done', 'what holds for all replaces what runs have kept');
  await house.close();
});

test('what would apply is told with the reason of each policy, and nothing is done', async () => {
  const house = await House.open();
  await house.adopt({
    policy: {
      id: 'big-refunds',
      on: 'tool.call',
      when: 'tool.name == "refund" && arguments.amount > 100',
      effect: 'require_approval',
      from: 'role:clerk',
      reason: 'Much money.',
    },
  });
  const approval = { from: 'role:clerk' };
  await house.adopt({ profile: { autonomy: 'balanced', approval, tools: { refund: 'reversible' } } });
  const effective = (amount: number) =>
    house.post<{
      ruling: { verdict: string; reasons: { policy?: { id: string }; message: string }[] };
      policies: object[];
    }>('operator', '/v1/policies/effective', {
      point: 'tool.call',
      facts: { tool: { name: 'refund', class: 'reversible' }, arguments: { amount } },
    });
  const much = await effective(500);
  assert.equal(much.ruling.verdict, 'require_approval');
  assert.match(JSON.stringify(much.ruling.reasons), /big-refunds.*Much money/);
  assert.equal((await effective(5)).ruling.verdict, 'allow');
  assert.equal((await effective(5)).policies.length, 1, 'also of those that do not apply');
  const odd = { point: 'tool.call', facts: { nonsense: 1 } };
  assert.equal(await house.refused('root', '/v1/policies/effective', odd), 'request_invalid');
  await house.close();
});

test('a policy is tried on acts and on what runs have done before it is proposed', async () => {
  const house = await House.open();
  const definition = await house.define(WORK);
  const run = await house.start(definition);
  const { id, token } = await house.claim();
  await house.post('robot', `/v1/tasks/${encodeURIComponent(id)}/complete`, { token, output: 1 });
  const tried = await house.post<{
    situations: number;
    differences: { point: string; change: string; after: { verdict: string } }[];
  }>('root', '/v1/policies/simulate', { policies: [CLOSED], runs: [run.id] });
  assert.ok(tried.situations >= 3, 'its start, its task, its result');
  assert.deepEqual(
    tried.differences.map(({ point, change, after }) => [point, change, after.verdict]),
    [['run.start', 'stricter', 'deny']],
  );
  assert.equal((await house.start(definition)).status, 'running', 'trying changes nothing');
  await house.close();
});

test('an emergency stop holds at once for all that begins, and two people lift it', async () => {
  const house = await House.open();
  const definition = await house.define(WORK);
  await house.start(definition);
  const held = await house.claim();
  const waiting = await house.start(definition);
  const state = async (): Promise<string> =>
    (await house.get<{ state: string }>('robot', '/v1/emergency-stop')).state;
  assert.equal(await house.refused('robot', '/v1/emergency-stop', { reason: 'me' }), 'forbidden');
  await house.post('officer', '/v1/emergency-stop', { reason: 'smoke' });
  assert.equal(await state(), 'on');
  assert.equal(await house.refused('root', '/v1/runs', { definition }), 'emergency_stop');
  const none = await house.post<{ task: object | null }>('robot', '/v1/tasks/claim', {});
  assert.equal(none.task, null);
  const tool = { call: '1', tool: 'refund', arguments: {} };
  const asked = await house.post<{ status: string; code: string }>(
    'robot',
    `/v1/tasks/${encodeURIComponent(held.id)}/tool-requests`,
    { ...tool, token: held.token },
  );
  assert.deepEqual([asked.status, asked.code], ['denied', 'emergency_stop']);
  await house.post('robot', `/v1/tasks/${encodeURIComponent(held.id)}/complete`, {
    token: held.token,
    output: 1,
  });
  await house.post('root', '/v1/emergency-stop/lift', { reason: 'over' });
  assert.equal(await state(), 'on', 'one person alone does not lift it');
  await house.post('root', '/v1/emergency-stop/lift', { reason: 'really' });
  assert.equal(await state(), 'on');
  await house.post('officer', '/v1/emergency-stop/lift', { reason: 'over' });
  assert.equal(await state(), 'off');
  assert.equal((await house.claim()).id.startsWith(waiting.id), true, 'what waited goes on');
  await house.close();
});

test('a new organisation lets people begin, asks about what agents begin, and about what cannot be undone', async () => {
  const house = await House.open();
  const definition = await house.define(WORK);
  assert.equal((await house.start(definition)).status, 'running');
  const profile = await house.get<{ autonomy: string; profile: null }>('root', '/v1/policies');
  assert.deepEqual([profile.autonomy, profile.profile], ['balanced', null]);
  const { id, token } = await house.claim();
  const call = { token, call: '1', tool: 'refund', class: 'read_only', arguments: { amount: 5 } };
  const asked = await house.post<{ status: string; approvals: string[] }>(
    'robot',
    `/v1/tasks/${encodeURIComponent(id)}/tool-requests`,
    call,
  );
  assert.deepEqual([asked.status, asked.approvals.length], ['waiting', 1]);
  const started = await house.site.bed.runtime.startRun(
    { definition, input: {} },
    { actor: 'passport_robot', onBehalfOf: 'passport_root', authority: { kind: 'role', id: 'worker' } },
  );
  assert.equal(started.ok && started.value.status, 'pending_approval');
  await house.close();
});
