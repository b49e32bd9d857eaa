/** The tool gate: a grant for exactly one call, taken before it is made. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../definition/index.ts';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const officer = passport('officer', { roles: ['compliance'] });
const clerk = passport('clerk', { roles: ['clerk'] });
const robot = passport('robot', { kind: 'agent', capabilities: ['read'] });
const READ = { id: 'a', task: { requires: ['read'], by: 'agent' } };
const HOUR = 3_600_000;
const POLICY = {
  id: 'refunds',
  on: 'tool.call',
  effect: 'require_approval',
  from: 'role:clerk',
  within: '1h',
  when: 'tool.name == "refund"',
};
const PROFILE = {
  autonomy: 'aggressive',
  approval: { from: 'role:administrator' },
  tools: { 'look_*': 'read_only' },
};

const site = async (...policies: readonly JsonObject[]) => {
  const bed = await Testbed.open(officer, clerk, robot);
  await bed.adopt({ profile: PROFILE });
  for (const policy of policies) await bed.adopt({ policy });
  const run = await bed.start(READ);
  const { task } = await bed.ok('robot', 'task.claim_next', { leaseSeconds: 3600 });
  const held = { id: task?.id ?? '', token: task?.token ?? 0 };
  const ask = (call: string, amount = 5, tool = 'refund') =>
    bed.ok('robot', 'tool.request', { ...held, call, tool, arguments: { amount } });
  const decide = async (id: string, outcome: 'approve' | 'reject') => {
    const found = await bed.ok('clerk', 'task.get', { id });
    return bed.ok('clerk', 'task.decide', {
      id,
      outcome,
      subject: found.approval?.subject ?? '',
      reason: outcome,
    });
  };
  const later = async (hours: number) => {
    for (let half = 0; half < 2 * hours; half += 1) {
      bed.clock.move(HOUR / 2);
      await bed.ok('robot', 'task.heartbeat', { ...held, leaseSeconds: 3600 });
    }
  };
  const { token } = held;
  return { bed, run, held, token, ask, decide, later };
};

test('a call that only reads passes at once; the word of the agent counts for nothing', async () => {
  const { bed, held } = await site({ ...POLICY, when: 'tool.class != "read_only"' });
  const look = await bed.ok('robot', 'tool.request', {
    ...held,
    call: '1',
    tool: 'look_up',
    class: 'read_only',
  });
  assert.deepEqual([look.status, look.restsOn], ['allowed', ['profile:aggressive@1']]);
  const lie = await bed.ok('robot', 'tool.request', {
    ...held,
    call: '2',
    tool: 'refund',
    class: 'read_only',
  });
  assert.equal(lie.status, 'waiting');
  assert.notEqual(lie.request, look.request, 'what is not kept has an id of its own too');
  await bed.close();
});

test('a call of which nothing is said is what the profile says, and consequential where it names no such tool', async () => {
  const { bed, held, ask } = await site({ ...POLICY, when: 'tool.class != "read_only"' });
  const [look, refund] = [await ask('1', 5, 'look_up'), await ask('2')];
  assert.deepEqual([look.status, refund.status], ['allowed', 'waiting']);
  const { input } = await bed.ok('clerk', 'task.get', { id: refund.approvals[0] ?? '' });
  assert.equal((input as { readonly class: string }).class, 'consequential');
  const stricter = await bed.ok('robot', 'tool.request', {
    ...held,
    call: '3',
    tool: 'look_up',
    class: 'reversible',
  });
  assert.equal(stricter.status, 'waiting');
  await bed.close();
});

test('a call waits for exactly its approval, is begun once, and its result is kept', async () => {
  const { bed, run, token, ask, decide } = await site(POLICY);
  const asked = await ask('1');
  assert.equal(asked.status, 'waiting');
  const [approval = ''] = asked.approvals;
  const id = asked.request ?? '';
  const { digest } = asked;
  assert.equal(await bed.no('robot', 'tool.use', { id, token, digest }), 'tool_request_status');
  const task = await bed.ok('clerk', 'task.get', { id: approval });
  assert.deepEqual(task.asked.actions, ['decide', 'view', 'comment', 'attach', 'detach']);
  assert.equal(await bed.no('clerk', 'task.set', { id: approval, priority: 9 }), 'task_status');
  const shown = task.input as { tool: string; arguments: object; digest: string; consequence: object };
  assert.deepEqual([shown.tool, shown.arguments, shown.digest], ['refund', { amount: 5 }, digest]);
  assert.equal(await bed.no('robot', 'tool.get', { id, waitSeconds: '30' as never }), 'request_invalid');
  const waits = bed.ok('robot', 'tool.get', { id, waitSeconds: 30 });
  await decide(approval, 'approve');
  assert.equal((await waits).status, 'granted');
  assert.deepEqual((await waits).restsOn, ['refunds@1']);
  assert.equal((await ask('1')).request, id, 'the same key is the same request');
  assert.equal(await bed.no('robot', 'tool.use', { id, token, digest: '0'.repeat(64) }), 'arguments_changed');
  await bed.ok('robot', 'tool.use', { id, token, digest });
  assert.equal(await bed.no('robot', 'tool.use', { id, token, digest }), 'grant_used');
  assert.equal((await ask('1')).status, 'calling');
  const done = await bed.ok('robot', 'tool.done', { id, token, result: { ok: true } });
  assert.deepEqual([done.status, done.result], ['used', { ok: true }]);
  assert.equal(await bed.no('robot', 'tool.use', { id, token, digest }), 'grant_used');
  const { events } = await bed.ok('root', 'run.events', { id: run });
  const types = events.map(({ type }) => type).filter((type) => type.startsWith('tool.'));
  assert.deepEqual(types, ['tool.requested', 'tool.asked', 'tool.decided', 'tool.used', 'tool.done']);
  const used = events.find(({ type }) => type === 'tool.used');
  assert.deepEqual(used?.authority, { kind: 'approval', id: approval, version: digest });
  await bed.close();
});

test('other arguments are another request; under the same key they are refused', async () => {
  const { bed, held, ask, decide } = await site(POLICY);
  const first = await ask('1');
  await decide(first.approvals[0] ?? '', 'approve');
  const again = { ...held, call: '1', tool: 'refund', arguments: { amount: 6 } };
  assert.equal(await bed.no('robot', 'tool.request', again), 'call_differs');
  const other = await ask('2', 6);
  assert.equal(other.status, 'waiting');
  assert.equal(other.approvals.length, 1);
  await bed.close();
});

test('a call under another key is another call, whatever was asked and granted under the first', async () => {
  const { bed, token, ask, decide } = await site(POLICY);
  const [first, second] = [await ask('1'), await ask('2')];
  assert.notEqual(second.request, first.request);
  assert.equal(second.status, 'waiting');
  await decide(first.approvals[0] ?? '', 'approve');
  assert.equal((await ask('2')).status, 'waiting', 'the grant of the first is for the first');
  const request = { id: first.request ?? '', token };
  await bed.ok('robot', 'tool.use', { ...request, digest: first.digest });
  await bed.ok('robot', 'tool.done', { ...request, result: 'paid by 1' });
  const told = await bed.ok('robot', 'tool.get', { id: second.request ?? '' });
  assert.deepEqual([told.status, told.result], ['waiting', null]);
  await decide(second.approvals[0] ?? '', 'approve');
  assert.equal((await ask('3')).status, 'waiting');
  const { digest } = second;
  assert.equal(
    (await bed.ok('robot', 'tool.use', { id: second.request ?? '', token, digest })).status,
    'calling',
  );
  await bed.close();
});

test('a no to one of two like calls is a no to every later one', async () => {
  const { bed, ask, decide } = await site(POLICY);
  const [first, second] = [await ask('1'), await ask('2')];
  await decide(first.approvals[0] ?? '', 'reject');
  assert.deepEqual([(await ask('3')).status, (await ask('3')).code], ['denied', 'rejected_before']);
  await decide(second.approvals[0] ?? '', 'approve');
  assert.equal((await ask('2')).status, 'granted', 'who was asked about the other decides on it');
  assert.equal((await ask('4')).code, 'rejected_before');
  await bed.close();
});

test('after a no the call is not asked about again, and the task goes on', async () => {
  const { bed, held, ask, decide } = await site(POLICY);
  const asked = await ask('1');
  await decide(asked.approvals[0] ?? '', 'reject');
  const told = await bed.ok('robot', 'tool.get', { id: asked.request ?? '' });
  assert.deepEqual([told.status, told.message], ['rejected', 'reject']);
  assert.deepEqual([(await ask('2')).status, (await ask('2')).code], ['denied', 'rejected_before']);
  assert.equal((await bed.ok('robot', 'task.complete', { ...held, output: 1 })).run.status, 'completed');
  await bed.close();
});

test('nobody approves what their own agent asks for; and nobody is asked once the task has ended', async () => {
  const { bed, held, ask, run } = await site({ ...POLICY, from: ['role:clerk', 'role:administrator'] });
  const asked = await ask('1');
  const id = asked.approvals[0] ?? '';
  const task = await bed.ok('root', 'task.get', { id });
  const decision = { id, outcome: 'approve' as const, subject: task.approval?.subject ?? '' };
  assert.match(await bed.no('root', 'task.decide', decision), /separation_of_duties|not_eligible/);
  await bed.ok('robot', 'task.complete', { ...held, output: 1 });
  const after = await bed.ok('clerk', 'task.get', { id });
  assert.deepEqual([after.status, after.approval?.status], ['exited', 'withdrawn']);
  assert.equal((await bed.ok('root', 'workflow.get_run', { id: run })).open.approvals, 0);
  assert.equal(await bed.no('robot', 'tool.get', { id: asked.request ?? '' }), 'tool_request_unknown');
  await bed.close();
});

test('a grant ends with its time; a call that had no effect can be made after all', async () => {
  const { bed, token, ask, decide } = await site(POLICY);
  const asked = await ask('1');
  const id = asked.request ?? '';
  const { digest } = asked;
  await decide(asked.approvals[0] ?? '', 'approve');
  await bed.ok('robot', 'tool.use', { id, token, digest });
  await bed.ok('robot', 'tool.failed', { id, token, code: 'unreachable', message: 'gone', effect: 'none' });
  await bed.ok('robot', 'tool.use', { id, token, digest });
  await bed.ok('robot', 'tool.failed', { id, token, code: 'unreachable', message: 'gone' });
  assert.equal(await bed.no('robot', 'tool.use', { id, token, digest }), 'grant_used');
  await bed.close();
});

test('a standing grant carries calls of its kind, as often as it says, and is taken back', async () => {
  const { bed, run, token, ask } = await site(POLICY);
  const grant = {
    id: 'small',
    tool: 'refund',
    agents: ['passport_robot'],
    when: 'arguments.amount <= 10',
    uses: 3,
    amount: { of: 'arguments.amount', most: 12 },
    within: '7d',
    reason: 'Small ones.',
  };
  const long = { ...grant, within: '8d' };
  const propose = (given: object) => ({ grant: given as never, covers: ['refunds@1'] });
  assert.equal(await bed.no('root', 'grant.propose', propose(long)), 'policy_invalid');
  assert.equal(
    await bed.no('root', 'grant.propose', { ...propose(grant), covers: ['x@1'] }),
    'policy_unknown',
  );
  const { change } = await bed.ok('root', 'grant.propose', propose(grant));
  const approval = { id: change.id, digest: change.digest };
  const awaits = async (who: string) => (await bed.ok(who, 'policy.list', { awaits: 'me' })).proposed.length;
  assert.deepEqual([await awaits('officer'), await awaits('clerk')], [0, 1]);
  assert.equal(await bed.no('officer', 'policy.approve', approval), 'not_eligible');
  await bed.ok('clerk', 'policy.approve', approval);
  const use = async (call: string, amount: number) => {
    const asked = await ask(call, amount);
    assert.deepEqual([asked.status, asked.restsOn], ['granted', ['grant:small']]);
    const { digest } = asked;
    await bed.ok('robot', 'tool.use', { id: asked.request ?? '', token, digest });
  };
  await use('1', 5);
  assert.equal((await ask('2', 11)).status, 'waiting', 'beyond what it is for');
  assert.equal((await ask('3', 9)).status, 'waiting', 'beyond what it is good for');
  await use('4', 6);
  const { events } = await bed.ok('root', 'run.events', { id: run });
  const used = events.filter(({ type }) => type === 'tool.used');
  assert.deepEqual(
    used.map(({ authority }) => authority),
    [1, 2].map(() => ({ kind: 'approval', id: 'grant:small' })),
  );
  const [left] = (await bed.ok('root', 'grant.list', {})).grants;
  assert.deepEqual([left?.uses, left?.amount, left?.status], [2, 11, 'active']);
  await bed.ok('root', 'grant.revoke', { id: 'small' });
  assert.equal((await ask('5', 1)).status, 'waiting');
  await bed.close();
});

test('who decides where no policy does decides on a standing grant over it (POLICY-2)', async () => {
  const bed = await Testbed.open(officer, clerk, robot);
  const grant = {
    id: 'all',
    tool: 'x*',
    agents: ['passport_robot'],
    uses: 9,
    within: '1d',
    reason: 'Often.',
  };
  const propose = (covers: string) => ({ grant: grant as never, covers: [covers] });
  const { change } = await bed.ok('officer', 'grant.propose', propose('profile:balanced@0'));
  const approval = { id: change.id, digest: change.digest };
  assert.equal(await bed.no('clerk', 'policy.approve', approval), 'not_eligible');
  assert.equal(
    await bed.no('root', 'policy.approve', approval),
    'separation_of_duties',
    'of their own agent',
  );
  for (const unknown of ['profile:balanced@1', 'profile:paranoid@0'])
    assert.equal(await bed.no('officer', 'grant.propose', propose(unknown)), 'policy_unknown');
  await bed.add(passport('second', { roles: ['administrator'] }));
  await bed.ok('second', 'policy.approve', approval);
  await bed.close();
});

test('a denial is in the ledger with the policy and the facts that it saw', async () => {
  const { bed, run, ask } = await site({
    id: 'never',
    on: 'tool.call',
    effect: 'deny',
    when: 'arguments.amount > 100',
    reason: 'Too much.',
  });
  const denied = await ask('1', 500);
  assert.deepEqual([denied.status, denied.code, denied.restsOn], ['denied', 'policy_denied', ['never@1']]);
  const { events } = await bed.ok('root', 'run.events', { id: run });
  const event = events.find(({ type }) => type === 'tool.denied');
  assert.ok(event);
  assert.deepEqual(event.authority, { kind: 'policy', id: 'never', version: '1' });
  const { ruled } = event.payload as { ruled: { facts: object } };
  assert.deepEqual(ruled.facts, {
    arguments: { amount: 500 },
  });
  await bed.close();
});

test('what was asked for is as hidden as the task it was asked for (SEE-2)', async () => {
  const { bed, run, token, held, ask, decide } = await site(POLICY);
  const asked = await ask('1', 777);
  await decide(asked.approvals[0] ?? '', 'approve');
  await bed.ok('robot', 'tool.use', { id: asked.request ?? '', token, digest: asked.digest });
  await bed.ok('robot', 'tool.done', { id: asked.request ?? '', token, result: { paid: 777 } });
  const told = async (who: string) => {
    const { events } = await bed.ok(who, 'run.events', { id: run });
    const all = await bed.ok(who, 'event.list', { limit: 1000 });
    return [events, all.events].map((of) => {
      const calls = of.filter(({ type, payload }) => type.startsWith('tool.') && payload['of'] !== held.id);
      return [calls.length, /:777[,}]/.test(JSON.stringify(calls))];
    });
  };
  const shown = async (who: string) => (await told(who)).map(([, isShown]) => isShown);
  const request = { id: asked.request ?? '' };
  assert.deepEqual(await shown('clerk'), [true, true]);
  assert.deepEqual((await bed.ok('clerk', 'tool.get', request)).result, { paid: 777 });
  await bed.ok('root', 'task.set_visibility', { allocated: 'holder' });
  assert.deepEqual(await shown('clerk'), [false, false]);
  assert.equal(await bed.no('clerk', 'tool.get', request), 'not_holder');
  assert.ok(
    (await told('clerk')).every(([count]) => Number(count) > 2),
    'that there was something is told',
  );
  assert.deepEqual(await shown('officer'), [true, true], 'who may read the ledger sees all');
  for (const who of ['officer', 'robot'])
    assert.deepEqual((await bed.ok(who, 'tool.get', request)).result, { paid: 777 });
  await bed.close();
});

test('what a policy refuses of a call is as hidden as its task (SEE-2)', async () => {
  const { bed, held, token, ask, decide } = await site(POLICY);
  const asked = await ask('1', 777);
  await decide(asked.approvals[0] ?? '', 'approve');
  const never = { id: 'never', on: 'tool.call', effect: 'deny', when: 'arguments.amount > 100' };
  const { change } = await bed.ok('root', 'policy.propose', { policy: never });
  await bed.ok('officer', 'policy.approve', { id: change.id, digest: change.digest, applyTo: 'running' });
  const request = asked.request ?? '';
  assert.equal(
    await bed.no('robot', 'tool.use', { id: request, token, digest: asked.digest }),
    'policy_denied',
  );
  const told = async (who: string) => {
    const { events } = await bed.ok(who, 'event.list', { limit: 1000 });
    return events.find(({ type }) => type === 'access.refused')?.payload;
  };
  const { task, request: of } = (await told('root')) ?? {};
  assert.deepEqual([task, of], [held.id, request]);
  await bed.ok('root', 'task.set_visibility', { allocated: 'holder' });
  assert.deepEqual(await told('clerk'), { task: held.id, hidden: true });
  await bed.close();
});

test('a call that was made when it was asked for again is not asked for once more', async () => {
  const { bed, token, ask, decide, later } = await site(POLICY);
  const missed = await ask('1');
  await later(1);
  await bed.until(
    async () => (await bed.ok('robot', 'tool.get', { id: missed.request ?? '' })).status === 'expired',
  );
  const asked = await ask('1');
  assert.equal(asked.status, 'waiting');
  await decide(asked.approvals[0] ?? '', 'approve');
  const request = { id: asked.request ?? '', token };
  await bed.ok('robot', 'tool.use', { ...request, digest: asked.digest });
  assert.deepEqual([(await ask('1')).request, (await ask('1')).status], [asked.request, 'calling']);
  await bed.ok('robot', 'tool.done', { ...request, result: { ok: true } });
  const again = await ask('1');
  assert.deepEqual([again.request, again.status, again.result], [asked.request, 'used', { ok: true }]);
  await bed.close();
});

test('a grant that is over is asked for again under the key of its call', async () => {
  const { bed, token, ask, decide, later } = await site(POLICY);
  const first = await ask('1');
  await decide(first.approvals[0] ?? '', 'approve');
  await later(24);
  const used = { id: first.request ?? '', token, digest: first.digest };
  assert.equal(await bed.no('robot', 'tool.use', used), 'grant_expired');
  const second = await ask('1');
  assert.equal(second.status, 'waiting');
  assert.equal((await ask('1')).request, second.request);
  await decide(second.approvals[0] ?? '', 'approve');
  assert.deepEqual([(await ask('1')).request, (await ask('1')).status], [second.request, 'granted']);
  await bed.close();
});

test('nobody calls a tool that is none of theirs', async () => {
  const { bed, held, ask } = await site();
  await bed.ok('root', 'participant.update', { id: 'passport_robot', tools: ['look_up'] });
  assert.equal((await ask('1', 5, 'look_up')).status, 'allowed');
  const refund = { ...held, call: '2', tool: 'refund', arguments: {} };
  assert.equal(await bed.no('robot', 'tool.request', refund), 'tool_not_allowed');
  await bed.close();
});
