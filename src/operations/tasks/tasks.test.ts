import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { passport, Testbed } from '../../../test/e2e/http-testbed.ts';

const agent = (id: string, capabilities: string[] = ['read'], changes = {}) =>
  passport(id, { kind: 'agent', capabilities, ...changes });
const READ = { id: 'a', task: { requires: ['read'], by: 'agent' } };
const boss = passport('boss', { roles: ['boss'] });

test('a run goes from its start to its end', async () => {
  const bed = await Testbed.open(
    passport('agent', { kind: 'agent', capabilities: ['read'] }),
    passport('boss', { roles: ['boss'] }),
  );
  const run = await bed.start(
    { id: 'a', task: { requires: ['read'], by: 'agent', input: { n: 1 } } },
    { id: 'b', approval: { subject: '${ phases.p0.a.output }', from: 'role:boss' } },
  );
  const { task } = await bed.ok('agent', 'task.claim_next', {});
  assert.deepEqual(task?.input, { n: 1 });
  await bed.ok('agent', 'task.complete', { id: task?.id ?? '', token: task?.token ?? 0, output: 7 });
  const approval = await bed.taskOf(run);
  assert.equal(approval.input, 7);
  await bed.ok('boss', 'task.decide', {
    id: approval.id,
    outcome: 'approve',
    subject: approval.approval?.subject ?? '',
  });
  const { status, verdict } = await bed.ok('root', 'workflow.get_run', { id: run });
  assert.deepEqual([status, verdict.verdict], ['completed', 'ok']);
  await bed.close();
});

test('an agent that holds a task is the only one that ends it, and only with the token of its claim', async () => {
  const bed = await Testbed.open(agent('one'), agent('two'));
  await bed.start(READ);
  const { task } = await bed.ok('one', 'task.claim_next', {});
  const held = { id: task?.id ?? '', token: task?.token ?? 0 };
  assert.equal(task?.leaseUntil, bed.clock.now() + 30_000);
  for (const name of ['task.complete', 'task.progress', 'task.release', 'task.heartbeat'] as const)
    assert.equal(await bed.no('two', name, held), 'not_holder', `${name} with the token of another`);
  assert.equal(await bed.no('two', 'task.fail', { ...held, code: 'x', message: 'y' }), 'not_holder');
  assert.equal(await bed.no('one', 'task.complete', { id: held.id }), 'token_required');
  assert.equal(await bed.no('one', 'task.complete', { ...held, token: 9 }), 'stale_token');
  assert.equal(await bed.no('one', 'task.heartbeat', { ...held, token: 9 }), 'stale_token');
  assert.equal(await bed.no('two', 'task.claim', { id: held.id }), 'task_held');
  await bed.ok('one', 'task.complete', held);
  assert.equal(await bed.no('one', 'task.complete', held), 'task_closed');
  assert.equal(await bed.no('two', 'task.claim', { id: held.id }), 'task_closed');
  await bed.close();
});

test('a heartbeat moves the end of the lease; without one the task goes to another, and the late answer is refused', async () => {
  const bed = await Testbed.open(agent('one'), agent('two'));
  const run = await bed.start(READ);
  const { task } = await bed.ok('one', 'task.claim_next', { leaseSeconds: 10 });
  const held = { id: task?.id ?? '', token: task?.token ?? 0 };
  const { leaseUntil } = await bed.ok('one', 'task.heartbeat', { ...held, leaseSeconds: 20 });
  assert.equal(leaseUntil, bed.clock.now() + 20_000);
  bed.clock.move(19_000);
  assert.equal((await bed.taskOf(run)).assignee, 'passport_one');
  const taken = bed.ok('two', 'task.claim_next', { waitSeconds: 60 });
  bed.clock.move(2000);
  const again = (await taken).task;
  assert.deepEqual([again?.id, again?.token], [held.id, held.token + 1]);
  assert.equal(await bed.no('one', 'task.complete', held), 'not_holder');
  await bed.close();
});

test('nobody holds more than their capacity, whichever way they claim', async () => {
  const bed = await Testbed.open(agent('one', ['read'], { capacity: 2 }));
  await bed.start({ ...READ, forEach: '${ [1, 2, 3, 4] }' });
  const { rows } = await bed.ok('root', 'task.list', { open: true });
  assert.equal(rows.length, 4);
  const codes = await Promise.all(
    rows.map(async ({ id }) => {
      const outcome = await bed.operations.call('task.claim', { id }, bed.as('one'));
      return outcome.ok ? 'ok' : outcome.rejection.code;
    }),
  );
  assert.deepEqual(codes.toSorted(), ['capacity_reached', 'capacity_reached', 'ok', 'ok']);
  assert.equal(await bed.no('one', 'task.claim_next', {}), 'capacity_reached');
  const { id = '' } = rows.find((_, at) => codes[at] === 'ok') ?? {};
  assert.equal(
    await bed.no('one', 'task.claim', { id }),
    'task_status',
    'what it holds already is no matter of capacity',
  );
  await bed.close();
});

test('only whom routing allows takes a task', async () => {
  const bed = await Testbed.open(
    agent('able'),
    agent('other', ['write']),
    passport('person', { capabilities: ['read'] }),
    boss,
  );
  const run = await bed.start(READ);
  const { id } = await bed.taskOf(run);
  for (const who of ['other', 'person', 'boss'])
    assert.equal(await bed.no(who, 'task.claim', { id }), 'not_eligible', who);
  assert.equal(await bed.no('other', 'task.get', { id }), 'not_eligible');
  assert.deepEqual((await bed.ok('other', 'task.list', {})).rows, []);
  assert.equal((await bed.ok('able', 'task.list', {})).rows.length, 1);
  const { actions, roles } = (await bed.ok('able', 'task.get', { id })).asked;
  assert.deepEqual(actions.slice(0, 5), ['view', 'claim', 'start', 'decline', 'comment']);
  assert.equal(await bed.no('able', 'task.suspend', { id, token: 1 }), 'not_holder');
  assert.deepEqual(roles, ['potential_owner']);
  assert.match((await bed.ok('person', 'task.get', { id })).asked.obstacle ?? '', /is of another kind/);
  assert.equal((await bed.ok('able', 'task.claim', { id })).task.status, 'in_progress');
  assert.equal(await bed.no('boss', 'task.claim_next', {}), 'kind_unsuited');
  await bed.close();
});

test('a person claims without a lease, works without a token, and holds for as long as it takes', async () => {
  const bed = await Testbed.open(boss, passport('operator', { roles: ['operator'] }));
  const run = await bed.start({
    id: 'a',
    task: { by: 'human', from: 'role:boss', description: 'Look at it' },
  });
  const [mine] = (await bed.ok('boss', 'task.list', { mine: true })).rows;
  const id = mine?.id ?? '';
  assert.deepEqual((await bed.ok('operator', 'task.list', { mine: true })).rows, []);
  assert.equal((await bed.ok('boss', 'task.claim', { id })).task.status, 'reserved');
  assert.equal((await bed.ok('boss', 'task.start', { id })).task.leaseUntil, null);
  assert.deepEqual(await bed.ok('boss', 'task.heartbeat', { id }), { leaseUntil: null });
  bed.clock.move(10 * 24 * 3_600_000);
  await bed.ok('boss', 'task.progress', { id, fraction: 0.5, message: 'half' });
  assert.deepEqual((await bed.taskOf(run)).progress, { fraction: 0.5, message: 'half' });
  assert.equal((await bed.ok('boss', 'task.complete', { id, output: 'fine' })).run.status, 'completed');
  await bed.close();
});

test('an operator gives back what somebody holds who cannot; nobody else does', async () => {
  const bed = await Testbed.open(
    boss,
    passport('other', { roles: ['boss'] }),
    passport('operator', { roles: ['operator'] }),
  );
  const run = await bed.start({ id: 'a', task: { by: 'human', from: 'role:boss' } });
  const { id } = await bed.taskOf(run);
  await bed.ok('boss', 'task.start', { id });
  await bed.ok('root', 'participant.update', { id: 'passport_boss', status: 'suspended' });
  const { verdict } = await bed.ok('root', 'workflow.get_run', { id: run });
  assert.equal(verdict.verdict, 'stranded');
  assert.match(verdict.reason, /passport_boss.*suspended/);
  assert.equal(await bed.no('other', 'task.release', { id }), 'not_allowed');
  const released = await bed.ok('operator', 'task.release', { id, reason: 'on leave' });
  assert.deepEqual([released.task.status, released.task.assignee], ['ready', null]);
  const { events } = await bed.ok('root', 'run.events', { id: run });
  const { actor, authority, type } = events.at(-1) as (typeof events)[number];
  assert.deepEqual(
    [type, actor, authority],
    ['task.released', 'passport_operator', { kind: 'role', id: 'operator' }],
  );
  await bed.close();
});

test('a person skips what may be skipped; an agent never', async () => {
  const bed = await Testbed.open(agent('one'), boss);
  const skippable = { id: 'a', task: { requires: ['read'], by: 'agent', skippable: true } };
  const run = await bed.start(skippable);
  const { id } = await bed.taskOf(run);
  assert.equal(await bed.no('one', 'task.skip', { id }), 'human_required');
  assert.equal(await bed.no('boss', 'task.skip', { id }), 'not_allowed');
  assert.equal((await bed.ok('root', 'task.skip', { id, reason: 'not needed' })).task.status, 'obsolete');
  const firm = await bed.taskOf(await bed.start(READ));
  assert.equal(await bed.no('root', 'task.skip', { id: firm.id }), 'task_not_skippable');
  assert.equal(await bed.no('boss', 'task.skip', { id: firm.id }), 'not_allowed', 'the role comes first');
  const { events } = await bed.ok('root', 'event.list', { limit: 1000 });
  const kept = events.findLast(({ type }) => type === 'access.refused')?.payload;
  assert.deepEqual([kept?.['operation'], kept?.['task']], ['task.skip', firm.id]);
  await bed.close();
});

test('an approval is decided by a person whom it names, on what was shown, and not by who took part', async () => {
  const bed = await Testbed.open(
    boss,
    passport('owner', { roles: ['boss'] }),
    passport('stranger'),
    agent('worker', ['read'], { owner: 'passport_owner' }),
    passport('robot', { kind: 'agent', roles: ['boss'] }),
  );
  const run = await bed.start(READ, {
    id: 'b',
    approval: { subject: '${ phases.p0.a.output }', from: 'role:boss', quorum: 1 },
  });
  const { task } = await bed.ok('worker', 'task.claim_next', {});
  await bed.ok('worker', 'task.complete', {
    id: task?.id ?? '',
    token: task?.token ?? 0,
    output: { sum: 3 },
  });
  const approval = await bed.taskOf(run);
  const { id } = approval;
  const subject = approval.approval?.subject ?? '';
  assert.equal(subject, createHash('sha256').update('{"sum":3}').digest('hex'));
  const decide = { id, outcome: 'approve', subject } as const;
  assert.equal(await bed.no('robot', 'task.decide', decide), 'forbidden');
  assert.equal(await bed.no('stranger', 'task.decide', decide), 'not_eligible');
  assert.equal(await bed.no('root', 'task.decide', decide), 'not_eligible', 'an administrator is not named');
  assert.equal(await bed.no('owner', 'task.decide', decide), 'separation_of_duties');
  assert.equal(await bed.no('boss', 'task.decide', { ...decide, subject: '0'.repeat(64) }), 'approval_stale');
  assert.equal(await bed.no('boss', 'task.claim', { id }), 'task_kind');
  const { asked } = await bed.ok('boss', 'task.get', { id });
  assert.deepEqual([asked.actions[0], asked.subject, asked.obstacle], ['decide', subject, null]);
  assert.match((await bed.ok('owner', 'task.get', { id })).asked.obstacle ?? '', /took part/);
  assert.equal((await bed.ok('boss', 'task.decide', decide)).run.status, 'completed');
  assert.equal(await bed.no('boss', 'task.decide', decide), 'task_closed');
  await bed.close();
});

test('an approval says what its outcome leads to', async () => {
  const bed = await Testbed.open(boss);
  const definition = await bed.define(
    { id: 'a', approval: { subject: 1, from: 'role:boss', quorum: 2, onReject: { redo: 'p0', max: 2 } } },
    { id: 'b', wait: { signal: 'go' } },
  );
  const { id: run } = await bed.ok('root', 'workflow.start', { definition });
  const { asked } = await bed.ok('boss', 'task.get', { id: (await bed.taskOf(run)).id });
  assert.match(asked.onApproval ?? '', /1 more approval.*goes on with p1/);
  assert.match(asked.onRejection ?? '', /goes back to p0/);
  assert.equal(asked.startedBy, 'passport_root');
  await bed.close();
});

test('a result that is a reference leads to JSON that is there', async () => {
  const bed = await Testbed.open(agent('one'));
  await bed.start(READ);
  const { task } = await bed.ok('one', 'task.claim_next', {});
  const held = { id: task?.id ?? '', token: task?.token ?? 0 };
  const put = async (text: string): Promise<{ $artifact: string; bytes: number }> => {
    const sha256 = createHash('sha256').update(text).digest('hex');
    const content = Buffer.from(text).toString('base64');
    const { bytes } = await bed.ok('one', 'artifact.put', { sha256, content });
    return { $artifact: sha256, bytes };
  };
  const absent = { $artifact: 'a'.repeat(64), bytes: 3 };
  assert.equal(await bed.no('one', 'task.complete', { ...held, output: absent }), 'artifact_unknown');
  assert.equal(
    await bed.no('one', 'task.complete', { ...held, output: await put('no json') }),
    'artifact_unfit',
  );
  const good = await put('{"a":1}');
  assert.equal(
    await bed.no('one', 'task.complete', { ...held, output: { ...good, bytes: 1 } }),
    'artifact_unfit',
  );
  await bed.ok('one', 'task.complete', { ...held, output: good });
  await bed.close();
});

test('the inbox is found by page, whatever lies between', async () => {
  const bed = await Testbed.open(boss, passport('clerk', { roles: ['clerk'] }));
  const [forBoss, forClerk] = [
    await bed.define({ id: 'a', task: { by: 'human', from: 'role:boss' } }),
    await bed.define({ id: 'a', task: { by: 'human', from: 'role:clerk' } }),
  ];
  for (let at = 0; at < 30; at += 1)
    await bed.ok('root', 'workflow.start', { definition: at % 5 === 0 ? forBoss : forClerk });
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await bed.ok('boss', 'task.list', { mine: true, limit: 4, ...(cursor && { cursor }) });
    seen.push(...page.rows.map(({ id }) => id));
    cursor = page.next ?? undefined;
  } while (cursor);
  assert.equal(new Set(seen).size, 6);
  assert.equal(seen.length, 6);
  assert.equal(await bed.no('boss', 'task.list', { cursor: 'nonsense' }), 'cursor_invalid');
  await bed.close();
});

test('where the order of the queue is kept, that is of what one may take', async () => {
  const bed = await Testbed.open(passport('ann', { roles: ['clerk'] }));
  const open = async (exclude: string[]): Promise<string> => {
    const task = { by: 'human', from: 'role:clerk', exclude, assign: { order: 'queue' } };
    const document = { id: 'queue', name: 'Queue', phases: [{ id: 'p', steps: [{ id: 'a', task }] }] };
    await bed.ok('root', 'workflow.save_definition', { document });
    const { id } = await bed.ok('root', 'workflow.start', { definition: 'queue' });
    bed.clock.move(1000);
    return (await bed.taskOf(id)).id;
  };
  await open(['passport_ann']);
  const [first, second] = [await open([]), await open([])];
  assert.equal(await bed.no('ann', 'task.claim', { id: second }), 'not_first');
  await bed.ok('ann', 'task.claim', { id: first });
  await bed.close();
});

test('whoever may do a task does not claim it where its step withdraws that, and the attempt is kept', async () => {
  const bed = await Testbed.open(passport('ann', { roles: ['clerk'] }));
  const privileges = { potential_owner: { withdraw: ['claim'] } };
  const run = await bed.start({ id: 'a', task: { by: 'human', from: 'role:clerk', privileges } });
  const { id } = await bed.taskOf(run);
  assert.equal(await bed.no('ann', 'task.claim', { id }), 'not_allowed');
  const { events } = await bed.ok('root', 'event.list', { limit: 1000 });
  const last = events.at(-1);
  assert.equal(last?.type, 'access.refused');
  assert.deepEqual([last.payload['operation'], last.payload['task']], ['task.claim', id]);
  await bed.ok('ann', 'task.start', { id });
  await bed.close();
});

test('what an agent is at work on and somebody begins anew is for it to take again, under another token', async () => {
  const bed = await Testbed.open(agent('bot'));
  await bed.start(READ);
  const { task } = await bed.ok('bot', 'task.claim_next', {});
  const held = { id: task?.id ?? '', token: task?.token ?? 0 };
  const { task: anew } = await bed.ok('root', 'task.restart', { id: held.id });
  assert.notEqual(anew.status, 'in_progress');
  assert.equal(await bed.no('bot', 'task.complete', held), 'task_status');
  const { task: again } = await bed.ok('bot', 'task.claim_next', {});
  assert.equal(again?.id, held.id);
  await bed.ok('bot', 'task.complete', { id: held.id, token: again?.token ?? 0 });
  await bed.close();
});
