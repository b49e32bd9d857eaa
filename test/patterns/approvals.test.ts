import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agrees, refuses, say } from './approval-kit.ts';
import { agent, Office, person } from './office.ts';

const AMOUNT = { type: 'object', required: ['amount'], properties: { amount: { type: 'number' } } };
const draft = { id: 'draft', task: { by: 'human', from: 'role:clerk', output: AMOUNT } };
const agree = (approval: object) => ({
  id: 'agree',
  approval: { subject: '${ phases.p0.draft.output }', ...approval },
});
const post = {
  id: 'post',
  record: {
    system: 'erp',
    operation: 'post',
    input: '${ phases.p1.agree.output.subject }',
    approvedBy: 'p1.agree',
  },
};

const people = [
  person('clerk', { roles: ['clerk'] }),
  person('other', { roles: ['clerk'] }),
  person('ann', { roles: ['manager'], groups: ['legal'] }),
  person('bo', { roles: ['manager'], groups: ['legal', 'finance'] }),
  person('cy', { roles: ['manager'], groups: ['finance'] }),
  person('cfo', { roles: ['cfo'] }),
  agent('erp', [], { kind: 'system' }),
  agent('bot', ['write'], { owner: 'passport_ann' }),
];

/** A draft of this amount waits to be decided about. */
async function drafted(
  approval: object,
  amount = 500,
  ...later: object[]
): Promise<{ office: Office; run: string }> {
  const office = await Office.open(...people);
  const run = await office.start(draft, agree(approval), ...(later as never[]));
  await office.complete('clerk', (await office.task(run)).id, { amount });
  return { office, run };
}
const inputOf = async (office: Office, run: string): Promise<unknown> =>
  ((await office.task(run)).input as { input: unknown }).input;

test('what is asked says the content with its digest, and what follows from each outcome', async () => {
  const { office, run } = await drafted({ from: 'role:manager', onChanges: { redo: 'p0' } });
  const task = await office.task(run);
  const { asked, input } = await office.detail(task.id);
  assert.deepEqual(input, { amount: 500 });
  assert.equal(asked.subject, task.approval?.subject);
  assert.match(asked.onApproval ?? '', /goes on/);
  assert.match(asked.onRejection ?? '', /rejected/);
  await office.close();
});

test('approve with changes: the changed subject is checked, approved, and written', async () => {
  const { office, run } = await drafted({ from: 'role:manager' }, 500, post);
  await refuses(office, run, 'ann', 'subject_invalid', 'approve_with_changes', {
    changes: { amount: 'less' },
  });
  await agrees(office, run, 'ann', 'approve_with_changes', { changes: { amount: 400 } });
  assert.deepEqual(await inputOf(office, run), { amount: 400 });
  await office.close();
});

test('whoever decides on what was shown before it was changed is refused: it is stale', async () => {
  const { office, run } = await drafted({ from: 'role:manager', quorum: 2 });
  const shown = (await office.task(run)).approval?.subject ?? '';
  await agrees(office, run, 'ann');
  await agrees(office, run, 'bo', 'approve_with_changes', { changes: { amount: 400 } });
  await refuses(office, run, 'cy', 'approval_stale', 'approve', { subject: shown });
  await agrees(office, run, 'ann');
  assert.equal((await office.verdict(run)).verdict, 'ok');
  await office.close();
});

test('request changes: the work goes back with the feedback, in bounded rounds', async () => {
  const { office, run } = await drafted({ from: 'role:manager', onChanges: { redo: 'p0', max: 1 } });
  await refuses(office, run, 'ann', 'reason_required', 'request_changes');
  await agrees(office, run, 'ann', 'request_changes', { reason: 'less, please' });
  const again = await office.task(run);
  assert.equal(again.reason, 'less, please');
  await office.complete('clerk', again.id, { amount: 100 });
  await refuses(office, run, 'ann', 'changes_exhausted', 'request_changes', { reason: 'still less' });
  await agrees(office, run, 'ann');
  await office.close();
});

test('rejection paths: the run ends, others do it again, or somebody above decides', async () => {
  const ended = await drafted({ from: 'role:manager' });
  await agrees(ended.office, ended.run, 'ann', 'reject', { reason: 'no' });
  assert.equal((await ended.office.verdict(ended.run)).verdict, 'rejected');
  await ended.office.close();

  const again = await drafted({ from: 'role:manager', onReject: { redo: 'p0', by: 'another_participant' } });
  await agrees(again.office, again.run, 'ann', 'reject', { reason: 'no' });
  const task = await again.office.task(again.run);
  assert.equal(await again.office.sees('clerk', task.id), false);
  assert.equal(await again.office.sees('other', task.id), true);
  await again.office.close();

  const above = await drafted({ from: 'role:manager', onReject: { escalate: 'role:cfo' } });
  await agrees(above.office, above.run, 'ann', 'reject', { reason: 'no' });
  await refuses(above.office, above.run, 'bo', 'not_eligible');
  await agrees(above.office, above.run, 'cfo');
  assert.equal((await above.office.verdict(above.run)).verdict, 'ok');
  await above.office.close();
});

test('abstaining is no approval; when nobody is left to approve, it is as if the time were over', async () => {
  const { office, run } = await drafted({
    from: 'role:manager',
    quorum: 2,
    within: '1h',
    onTimeout: 'reject',
  });
  await agrees(office, run, 'ann', 'abstain');
  await refuses(office, run, 'ann', 'already_decided');
  await agrees(office, run, 'bo', 'abstain');
  assert.equal((await office.verdict(run)).verdict, 'rejected');
  await office.close();
});

test('a quorum of all is everybody who may decide as it opens', async () => {
  const { office, run } = await drafted({ from: 'role:manager', quorum: 'all' });
  assert.equal((await office.task(run)).approval?.quorum, 3);
  for (const who of ['ann', 'bo', 'cy']) await agrees(office, run, who);
  assert.equal((await office.verdict(run)).verdict, 'ok');
  await office.close();
});

test('a chain by amount: those of one stage after those of the other', async () => {
  const chain = [{ from: 'role:manager' }, { from: 'role:cfo', if: '${ subject.amount > 100.0 }' }];
  const large = await drafted({ chain }, 500);
  await refuses(large.office, large.run, 'cfo', 'not_eligible');
  await agrees(large.office, large.run, 'ann');
  await refuses(large.office, large.run, 'bo', 'not_eligible');
  await agrees(large.office, large.run, 'cfo');
  assert.equal((await large.office.verdict(large.run)).verdict, 'ok');
  await large.office.close();
  const small = await drafted({ chain }, 50);
  await agrees(small.office, small.run, 'ann');
  assert.equal((await small.office.verdict(small.run)).verdict, 'ok');
  await small.office.close();
});

test('distinct groups: no two approvals count for one group, whoever comes first', async () => {
  const { office, run } = await drafted({ from: 'role:manager', quorum: 2, distinct: 'groups' });
  await agrees(office, run, 'bo');
  await agrees(office, run, 'ann');
  assert.equal((await office.verdict(run)).verdict, 'ok');
  await office.close();
  const same = await drafted({ from: ['group:legal', 'role:cfo'], quorum: 2, distinct: 'groups' });
  await agrees(same.office, same.run, 'ann');
  await refuses(same.office, same.run, 'bo', 'already_decided');
  await agrees(same.office, same.run, 'cfo');
  assert.equal((await same.office.verdict(same.run)).verdict, 'ok');
  await same.office.close();
});

test('without veto a rejection is one voice', async () => {
  const { office, run } = await drafted({ from: 'role:manager', quorum: 2, veto: false });
  await agrees(office, run, 'ann', 'reject', { reason: 'no' });
  await agrees(office, run, 'bo');
  await agrees(office, run, 'cy');
  assert.equal((await office.verdict(run)).verdict, 'ok');
  await office.close();
});

test('a reason is given where the step asks for one, and every decision names all it rests on', async () => {
  const { office, run } = await drafted({ from: 'role:manager', reason: 'required' });
  await refuses(office, run, 'ann', 'reason_required');
  const shown = (await office.task(run)).approval?.subject;
  await agrees(office, run, 'ann', 'approve', { reason: 'checked' });
  const decided = (await office.events(run)).find(({ type }) => type === 'task.decided');
  assert.ok(decided);
  const { decision } = decided.payload as { decision: Record<string, unknown> };
  assert.deepEqual(
    [decision['participant'], decision['onBehalfOf'], decision['reason'], decision['subject']],
    ['passport_ann', 'passport_ann', 'checked', shown],
  );
  assert.deepEqual(decision['authority'], { kind: 'role', id: 'manager' });
  await office.close();
});

test('separation: through an agent, its new owner, a substitute, the parent run, and runs whose results are the input', async () => {
  const office = await Office.open(...people);
  const write = { id: 'draft', task: { by: 'agent', requires: ['write'] } };
  const byBot = await office.start(write, agree({ from: 'role:manager' }));
  await office.complete('bot', (await office.task(byBot)).id, { amount: 1 });
  await refuses(office, byBot, 'ann', 'separation_of_duties');
  await office.update('bot', { owner: 'passport_bo' });
  await refuses(office, byBot, 'bo', 'separation_of_duties');
  await refuses(office, byBot, 'ann', 'separation_of_duties');
  const check = await office.define('check', {
    id: 'agree',
    approval: { subject: '${ input }', from: 'role:manager' },
  });
  const { id: next } = await office.done<{ id: string }>('root', '/v1/runs', {
    definition: check,
    input: {},
    sources: [byBot],
  });
  await refuses(office, next, 'ann', 'separation_of_duties');
  await agrees(office, next, 'cy');
  await agrees(office, byBot, 'cy');
  const parent = await office.start(write, { id: 'inner', workflow: { definition: check } });
  await office.complete('bot', (await office.task(parent)).id, 1);
  const childOf = async (): Promise<string | undefined> =>
    (await office.get<{ rows: { id: string }[] }>('root', `/v1/runs?parent=${parent}`)).rows[0]?.id;
  await office.until(async () => (await childOf()) !== undefined);
  await refuses(office, (await childOf()) ?? '', 'bo', 'separation_of_duties');
  await office.close();
});

test('who decides in place of somebody who is away does so in their name, and not about their work', async () => {
  const office = await Office.open(...people, person('sub'));
  const away = await office.post('cfo', '/v1/participants/passport_cfo/availability', {
    status: 'away',
    substitute: 'passport_sub',
  });
  assert.equal(away.status, 200, away.text);
  const run = await office.start(draft, agree({ from: ['role:cfo', 'role:manager'], quorum: 2 }));
  await office.complete('clerk', (await office.task(run)).id, { amount: 1 });
  const { status, text, body } = await say(office, run, 'sub', 'approve');
  assert.equal(status, 200, text);
  const task = body['task'] as { approval: { decisions: { onBehalfOf: string }[] } };
  assert.equal(task.approval.decisions[0]?.onBehalfOf, 'passport_cfo');
  await office.close();
});

test('distinct from whoever started it, or did a step', async () => {
  const { office, run } = await drafted({
    from: ['role:manager', 'role:administrator'],
    distinctFrom: ['initiator', 'p0.draft'],
  });
  await refuses(office, run, 'root', 'not_eligible');
  await agrees(office, run, 'ann');
  await office.close();
});

test('approvals of one run are independent; approving does no finished work again, and is not used up by a failed write', async () => {
  const office = await Office.open(...people);
  const run = await office.start(
    draft,
    [
      agree({ from: 'role:manager' }),
      { id: 'second', approval: { subject: 'x', from: 'role:cfo' } },
    ] as never,
    { ...post, retry: { attempts: 2, delay: '0s' } },
  );
  await office.complete('clerk', (await office.task(run)).id, { amount: 9 });
  const first = await office.task(run, 'p1.agree');
  await office.does('ann', 'decide', first.id, { outcome: 'approve', subject: first.approval?.subject });
  const second = await office.task(run, 'p1.second');
  assert.equal(second.approval?.decisions.length, 0);
  await office.does('cfo', 'decide', second.id, { outcome: 'approve', subject: second.approval?.subject });
  const write = await office.claimNext('erp');
  await office.does('erp', 'fail', write?.id ?? '', { token: write?.token, code: 'busy', message: 'later' });
  const retried = await office.claimNext('erp');
  assert.ok(retried);
  assert.deepEqual((retried.input as { input: unknown }).input, { amount: 9 });
  await office.does('erp', 'complete', retried.id, { token: retried.token, output: 'posted' });
  const types = (await office.events(run)).map(({ type }) => type);
  assert.equal(types.filter((type) => type === 'task.decided').length, 2);
  assert.equal((await office.verdict(run)).verdict, 'ok');
  await office.close();
});

test('a record that would write something else than what was approved writes nothing', async () => {
  const other = { id: 'post', record: { ...post.record, input: '${ phases.p0.draft.output }' } };
  const { office, run } = await drafted({ from: 'role:manager' }, 500, other);
  await agrees(office, run, 'ann', 'approve_with_changes', { changes: { amount: 400 } });
  const { failure } = await office.get<{ failure: { code: string } }>('root', `/v1/runs/${run}`);
  assert.equal(failure.code, 'approval_stale');
  assert.equal(await office.claimNext('erp'), null);
  await office.close();
});

test('decisions on many items at once: each is recorded, and counts or is refused, on its own', async () => {
  const office = await Office.open(...people);
  const definition = await office.define('many', {
    id: 'each',
    forEach: '${ input.items }',
    approval: { subject: '${ item }', from: 'role:manager' },
  });
  const run = await office.run(definition, { items: [1, 2, 3] });
  const items = (await office.open(run)).map(({ id, approval }) => ({
    id,
    subject: approval?.subject ?? '',
  }));
  const [one, two, three] = items as [(typeof items)[0], (typeof items)[0], (typeof items)[0]];
  const asked = {
    outcome: 'approve',
    reason: 'all alike',
    items: [one, { ...two, subject: three.subject }, { ...three, reason: 'this too' }],
  };
  const { results } = await office.done<{
    results: { id: string; decided: boolean; refusal: { code: string } | null }[];
  }>('ann', '/v1/tasks/decide', asked);
  assert.deepEqual(
    results.map(({ decided, refusal }) => refusal?.code ?? decided),
    [true, 'approval_stale', true],
  );
  const decided = (await office.events(run)).filter(({ type }) => type === 'task.decided');
  assert.deepEqual(
    decided.map(({ payload }) => (payload['decision'] as { reason: string }).reason),
    ['all alike', 'this too'],
  );
  assert.deepEqual(
    (await office.open(run)).map(({ id }) => id),
    [two.id],
  );
  const again = await office.done<typeof asked & { results: { decided: boolean }[] }>(
    'ann',
    '/v1/tasks/decide',
    asked,
  );
  assert.deepEqual(
    again.results.map(({ decided: yes }) => yes),
    [false, false, false],
  );
  await office.close();
});
