import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clerical, clerks, Office, person } from './office.ts';

const idsOf = (events: { type: string }[]): string[] => events.map(({ type }) => type);

test('WRP-04 Authorization: rights per role and task, and refusals in the record', async () => {
  const office = await Office.open(...clerks('ann', 'bo'), person('eve'));
  const privileges = {
    actual_owner: { withdraw: ['delegate', 'suspend', 'skip', 'chain', 'pile'] },
    stakeholder: { grant: ['exit'] },
  };
  const run = await office.start(
    clerical('a', { privileges, skippable: true, stakeholders: ['passport_eve'] }),
  );
  const { id } = await office.task(run);
  await office.does('ann', 'start', id);
  const before = await office.events(run);
  const attempts: [string, string, object][] = [
    ['ann', 'delegate', { to: 'passport_bo' }],
    ['ann', 'suspend', {}],
    ['ann', 'skip', {}],
    ['ann', 'complete', { next: 'chained' }],
    ['bo', 'stop', {}],
    ['bo', 'release', {}],
  ];
  for (const [who, verb, body] of attempts) {
    const { status, body: answer } = await office.act(who, verb, id, body);
    assert.deepEqual([status, answer.code], [403, 'not_allowed'], `${verb} by ${who}`);
  }
  assert.deepEqual(await office.events(run), before, 'nothing changes');
  for (let again = 0; again < 60; again += 1) await office.act('bo', 'stop', id);
  const { events } = await office.get<{ events: { type: string; payload: Record<string, unknown> }[] }>(
    'root',
    '/v1/events?limit=1000',
  );
  const refused = events.filter(({ type }) => type === 'access.refused');
  assert.equal(refused.length, attempts.length, 'each attempt is in the ledger once');
  assert.deepEqual(refused[0]?.payload, {
    participant: 'passport_ann',
    operation: 'task.delegate',
    task: id,
    code: 'not_allowed',
    message: refused[0]?.payload['message'],
  });
  assert.equal((await office.does('eve', 'exit', id)).status, 'exited', 'what is granted is allowed');
  await office.close();
});

test('WRP-05 Separation of Duties: by delegation, forwarding and nomination of the task', async () => {
  const office = await Office.open(...clerks('ann', 'bo', 'cy'));
  const run = await office.start(
    clerical('draft'),
    clerical('check', { separateFrom: 'p0.draft' }),
    clerical('last', { separateFrom: 'p0.draft', activate: 'manual' }),
  );
  await office.complete('ann', (await office.task(run)).id);
  const { id } = await office.task(run);
  await office.does('bo', 'claim', id);
  for (const verb of ['delegate', 'forward']) {
    const { status, body } = await office.act('bo', verb, id, { to: 'passport_ann' });
    assert.deepEqual([status, body.code], [403, 'separation_of_duties'], verb);
  }
  assert.equal((await office.does('bo', 'delegate', id, { to: 'passport_cy' })).assignee, 'passport_cy');
  await office.complete('cy', id);
  const last = await office.task(run);
  const { body } = await office.act('root', 'nominate', last.id, { to: ['passport_ann'] });
  assert.equal(body.code, 'separation_of_duties');
  await office.does('root', 'nominate', last.id, { to: ['passport_bo'] });
  await office.complete('bo', last.id);
  await office.close();
});

test('WRP-27 Delegation: the new holder is looked at again, and the record names both', async () => {
  const office = await Office.open(
    ...clerks('ann', 'bo', 'cy'),
    person('eve'),
    person('dan', { roles: ['clerk'], capabilities: ['sums'] }),
  );
  const run = await office.start(clerical('a', { exclude: ['passport_cy'] }));
  const { id } = await office.task(run);
  await office.does('ann', 'start', id);
  const refusals = {
    eve: 'not_eligible',
    cy: 'participant_excluded',
    ann: 'delegate_unfit',
    nobody: 'not_eligible',
  };
  for (const [to, code] of Object.entries(refusals))
    assert.equal((await office.act('ann', 'delegate', id, { to: `passport_${to}` })).body.code, code, to);
  const task = await office.does('ann', 'delegate', id, { to: 'passport_bo', reason: 'on leave' });
  assert.deepEqual([task.status, task.assignee], ['reserved', 'passport_bo']);
  const { actor, onBehalfOf, payload } = (await office.events(run)).at(-1)!;
  assert.deepEqual([actor, onBehalfOf], ['passport_ann', 'passport_ann']);
  assert.deepEqual(
    [payload['from'], payload['assignee'], payload['reason']],
    ['passport_ann', 'passport_bo', 'on leave'],
  );
  await office.refused('not_allowed', 403, 'ann', 'release', id);
  await office.complete('bo', id);
  await office.close();
});

test('WRP-27 Delegation: forwarded work leaves whoever gave it away, until it is given back', async () => {
  const office = await Office.open(...clerks('ann', 'bo'));
  const { id } = await office.task(await office.start(clerical('a')));
  await office.does('ann', 'start', id);
  const task = await office.does('ann', 'forward', id, { to: 'passport_bo' });
  assert.deepEqual([task.status, task.assignee], ['ready', null]);
  assert.deepEqual([await office.sees('ann', id), await office.sees('bo', id)], [false, true]);
  await office.refused('not_eligible', 403, 'ann', 'claim', id);
  await office.does('bo', 'claim', id);
  await office.does('bo', 'delegate', id, { to: 'passport_ann' });
  await office.complete('ann', id);
  await office.close();
});

test('WRP-27 Delegation: nothing is forwarded to a group of nobody but those who passed it on', async () => {
  const office = await Office.open(
    person('bob'),
    person('mgr', { roles: ['lead'] }),
    person('gus', { roles: ['clerk'] }),
  );
  const run = await office.start(clerical('a', { from: ['passport_bob', 'role:lead', 'role:clerk'] }));
  const { id } = await office.task(run);
  const forward = async (who: string, to: string): Promise<string> => {
    const { status, body } = await office.act(who, 'forward', id, { to });
    return status === 200 ? 'done' : `${body.code}`;
  };
  await office.does('mgr', 'start', id);
  assert.equal(await forward('mgr', 'role:lead'), 'not_eligible', 'the only one who is in it');
  assert.equal(await forward('mgr', 'role:clerk'), 'done');
  await office.does('gus', 'start', id);
  assert.equal(await forward('gus', 'role:lead'), 'not_eligible', 'the only one who is in it had it before');
  assert.equal(await forward('gus', 'passport_mgr'), 'done', 'by their name they have it again');
  assert.equal((await office.verdict(run)).verdict, 'awaiting_human');
  await office.close();
});

test('WRP-29 Deallocation: what is given back is there for others, also from an administrator', async () => {
  const office = await Office.open(...clerks('ann', 'bo'));
  const { id } = await office.task(await office.start(clerical('a')));
  await office.does('ann', 'start', id);
  assert.equal(await office.sees('bo', id), false);
  const back = await office.does('ann', 'release', id, { reason: 'no time' });
  assert.deepEqual([back.status, back.assignee, await office.sees('bo', id)], ['ready', null, true]);
  await office.does('bo', 'claim', id);
  assert.equal((await office.does('root', 'release', id)).status, 'ready');
  await office.close();
});

for (const [row, keepState] of [
  ['WRP-30 Stateful Reallocation', true],
  ['WRP-31 Stateless Reallocation', false],
] as const) {
  test(`${row}: started work moves on ${keepState ? 'with' : 'without'} what was written so far`, async () => {
    const office = await Office.open(...clerks('ann', 'bo'));
    const run = await office.start(clerical('a'));
    const { id } = await office.task(run);
    await office.does('ann', 'start', id);
    await office.does('ann', 'draft', id, { draft: { page: 1 } });
    await office.does('ann', 'progress', id, { fraction: 0.5 });
    await office.does('root', 'delegate', id, { to: 'passport_bo', keepState });
    const { notes, progress } = await office.detail(id);
    assert.deepEqual(
      [notes?.draft ?? null, progress?.fraction ?? null],
      keepState ? [{ page: 1 }, 0.5] : [null, null],
    );
    const draft = (await office.events(run)).find(({ type }) => type === 'task.drafted');
    assert.deepEqual(draft?.payload['draft'], { page: 1 }, 'the history keeps it');
    await office.complete('bo', id);
    await office.close();
  });
}

test('WRP-32 Suspension-Resumption: put aside, by its holder or until a time, also over a restart', async () => {
  const office = await Office.open(...clerks('ann', 'bo'));
  const run = await office.start(clerical('a'));
  const { id } = await office.task(run);
  const { token } = await office.does('ann', 'start', id);
  assert.equal((await office.does('ann', 'suspend', id)).status, 'suspended');
  await office.refused('task_status', 409, 'ann', 'complete', id);
  await office.refused('not_allowed', 403, 'bo', 'resume', id);
  await office.restart();
  assert.equal((await office.detail(id)).status, 'suspended');
  const resumed = await office.does('ann', 'resume', id);
  assert.deepEqual([resumed.status, resumed.assignee, resumed.token], ['in_progress', 'passport_ann', token]);
  await office.does('ann', 'suspend', id, { seconds: 3600 });
  await office.restart();
  office.site.bed.clock.move(3_599_000);
  assert.equal((await office.detail(id)).status, 'suspended');
  office.site.bed.clock.move(2000);
  await office.until(async () => (await office.detail(id)).status === 'in_progress');
  assert.equal(idsOf(await office.events(run)).filter((type) => type === 'task.resumed').length, 2);
  await office.complete('ann', id);
  await office.close();
});

test('WRP-33 Skip: it ends without having been done, and what follows goes on', async () => {
  const office = await Office.open(...clerks('ann'), person('eve'));
  const run = await office.start(clerical('a', { skippable: true }), clerical('b'));
  const { id } = await office.task(run);
  await office.refused('not_allowed', 403, 'eve', 'skip', id);
  assert.equal((await office.does('ann', 'skip', id, { reason: 'not needed' })).status, 'obsolete');
  const next = await office.task(run, 'p1.b');
  await office.refused('task_not_skippable', 422, 'ann', 'skip', next.id);
  await office.close();
});

test('WRP-34 Redo: it is done again with all that follows from it, and both are in the history', async () => {
  const office = await Office.open(...clerks('ann', 'bo'));
  const run = await office.start(
    [clerical('a'), clerical('beside')],
    clerical('b', { input: { of: '${ phases.p0.a.output }' } }),
    clerical('c'),
  );
  for (const step of ['p0.a', 'p0.beside', 'p1.b'])
    await office.complete('ann', (await office.task(run, step)).id, `first ${step}`);
  const [first] = (
    await office.get<{ rows: { id: string; step: string }[] }>('root', `/v1/tasks?run=${run}&step=p0.a`)
  ).rows;
  const id = first?.id ?? '';
  await office.refused('not_allowed', 403, 'bo', 'redo', id);
  assert.equal((await office.act('ann', 'redo', id, { reason: 'wrong sheet' })).status, 200);
  const again = await office.task(run);
  assert.deepEqual([again.step, again.round, again.reason], ['p0.a', 2, 'wrong sheet']);
  await office.refused('task_status', 409, 'ann', 'redo', id);
  await office.complete('bo', again.id, 'second');
  const b = await office.task(run);
  assert.deepEqual(
    [b.step, b.round, b.input],
    ['p1.b', 2, { of: 'second' }],
    'what depends on it is done again',
  );
  const done = (await office.events(run)).filter(({ type }) => type === 'task.completed');
  assert.equal(done.length, 4);
  await office.close();
});

test('WRP-35 Pre-Do: done before its turn, it is not given out again and its result is used', async () => {
  const office = await Office.open(...clerks('ann', 'bo'));
  const early = { strategy: 'offer', when: 'early' };
  const run = await office.start(
    clerical('a'),
    clerical('b', { assign: early, output: { type: 'object', required: ['sum'] } }),
    clerical('c', { input: { of: '${ phases.p1.b.output.sum }' } }),
  );
  const ahead = await office.task(run, 'p1.b');
  assert.equal(ahead.status, 'created');
  assert.equal((await office.act('bo', 'predo', ahead.id, { output: {} })).body.code, 'output_invalid');
  await office.does('bo', 'predo', ahead.id, { output: { sum: 3 } });
  await office.refused('task_status', 409, 'bo', 'predo', ahead.id);
  await office.complete('ann', (await office.task(run, 'p0.a')).id);
  const last = await office.task(run);
  assert.deepEqual([last.step, last.input], ['p2.c', { of: 3 }]);
  const types = (await office.events(run)).filter(({ payload }) => payload['task'] === ahead.id);
  assert.deepEqual(idsOf(types), ['task.announced', 'task.predone', 'task.used']);
  await office.close();
});
