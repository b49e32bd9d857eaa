/** What somebody's list of tasks holds, and what they are told of one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import { MOST_OF_PAGE } from './bounded.ts';

test('requests for help with the tasks of agents are in the inbox, of one run and newest first too', async () => {
  const bed = await Testbed.open(
    passport('bot', { kind: 'agent', capabilities: ['read'] }),
    passport('law', { roles: ['legal'] }),
  );
  const run = await bed.start({ id: 'a', task: { by: 'agent', requires: ['read'] } });
  const { task } = await bed.ok('bot', 'task.claim_next', {});
  assert.ok(task);
  await bed.ok('bot', 'task.request_help', {
    id: task.id,
    token: task.token,
    from: 'role:legal',
    text: 'may I?',
  });
  for (const more of [{}, { run }, { order: 'newest' }, { run, order: 'newest' }] as const) {
    const { rows } = await bed.ok('law', 'task.list', { mine: true, ...more });
    assert.deepEqual(
      rows.map(({ id }) => id),
      [task.id],
      JSON.stringify(more),
    );
  }
  await bed.close();
});

test('what waits for a person is found behind the open tasks of many agents, whatever they are to whom and in any order', async () => {
  const bed = await Testbed.open(
    passport('bot', { kind: 'agent', capabilities: ['read'] }),
    passport('cy', { roles: ['clerk'] }),
    passport('boss', { roles: ['clerk'] }),
    ...Array.from({ length: 160 }, (_, at) => passport(`r${at}`, { manager: 'passport_boss' })),
  );
  const forClerks = await bed.define({ id: 'h', task: { by: 'human', from: 'role:clerk' } });
  const start = async (): Promise<string> => {
    const { id: run } = await bed.ok('root', 'workflow.start', { definition: forClerks });
    return (await bed.taskOf(run)).id;
  };
  const oldest = await start();
  const step = { id: 'x', task: { by: 'agent', requires: ['read'] }, forEach: '${ input.l }' };
  const limits = { concurrency: 1100, tasks: 2000 };
  const document = { id: 'many', name: 'Many', limits, phases: [{ id: 'p', steps: [step] }] };
  await bed.ok('root', 'workflow.save_definition', { document });
  const l = Array.from({ length: 1100 }, (_, at) => at);
  await bed.ok('root', 'workflow.start', { definition: 'many', input: { l } });
  bed.clock.move(1000);
  const newest = await start();
  const list = async (who: string, more: { order?: 'newest' }) =>
    (await bed.ok(who, 'task.list', { mine: true, ...more })).rows.map(({ id }) => id);
  for (const who of ['cy', 'boss']) {
    assert.deepEqual(await list(who, {}), [oldest, newest], who);
    assert.deepEqual(await list(who, { order: 'newest' }), [newest, oldest], who);
  }
  await bed.close();
});

test('an inbox holds what is for whatever somebody is, can do, or stands in for', async () => {
  const bed = await Testbed.open(
    passport('role', { roles: ['clerk'] }),
    passport('group', { groups: ['team'] }),
    passport('post', { posts: ['desk'] }),
    passport('able', { capabilities: ['lead'] }),
    passport('boss'),
    passport('cy', { manager: 'passport_boss' }),
    passport('dy', { manager: 'passport_boss' }),
    passport('stead'),
    passport('gone', { roles: ['judge'], status: 'away', substitute: 'passport_stead' }),
  );
  await bed.ok('root', 'capability.save', { id: 'lead', implies: ['read'] });
  const asked = {
    role: { from: 'role:clerk' },
    group: { from: 'group:team' },
    post: { from: 'post:desk' },
    able: { requires: ['read'] },
    boss: { from: 'manager_of:passport_cy' },
  };
  for (const [who, task] of Object.entries(asked)) {
    const run = await bed.start({ id: 'a', task: { by: 'human', ...task } });
    const { rows } = await bed.ok(who, 'task.list', { mine: true });
    assert.deepEqual(
      rows.map((row) => row.run),
      [run],
      who,
    );
  }
  const run = await bed.start({ id: 'a', approval: { from: 'role:judge', subject: { n: 1 } } });
  const { rows } = await bed.ok('stead', 'task.list', { mine: true });
  assert.deepEqual(
    rows.map((row) => row.run),
    [run],
  );
  await bed.close();
});

test('whoever was not asked for help is told whom it was asked of, and the attempt is kept as what it was', async () => {
  const bed = await Testbed.open(passport('cy', { roles: ['clerk'] }), passport('law', { roles: ['legal'] }));
  await bed.start({ id: 'a', task: { by: 'human', from: 'role:clerk' } });
  const [row] = (await bed.ok('root', 'task.list', {})).rows;
  const id = row?.id ?? '';
  await bed.ok('cy', 'task.start', { id });
  await bed.ok('cy', 'task.request_help', { id, from: 'role:legal', text: 'how?' });
  const outcome = await bed.operations.call('task.help', { id, request: 1, output: 1 }, bed.as('root'));
  assert.ok(!outcome.ok);
  assert.equal(outcome.rejection.code, 'not_allowed');
  assert.match(outcome.rejection.message, /role:legal/);
  const { events } = await bed.ok('root', 'event.list', { limit: 1000 });
  const kept = events.findLast(({ type }) => type === 'access.refused');
  assert.deepEqual([kept?.payload['operation'], kept?.payload['task']], ['task.help', id]);
  await bed.ok('law', 'task.help', { id, request: 1, output: 1 });
  await bed.close();
});

test('whoever has to be separate from a task is not told that they could take it, though they operate runs', async () => {
  const bed = await Testbed.open(
    passport('op', { roles: ['operator', 'clerk'] }),
    passport('cy', { roles: ['clerk'] }),
  );
  const work = { by: 'human', from: 'role:clerk' };
  const run = await bed.start(
    { id: 'a', task: work },
    { id: 'b', task: { ...work, separateFrom: ['p0.a'] } },
  );
  const { id } = await bed.taskOf(run);
  await bed.ok('op', 'task.start', { id });
  await bed.ok('op', 'task.complete', { id });
  const next = await bed.taskOf(run);
  const { actions } = (await bed.ok('op', 'task.get', { id: next.id })).asked;
  for (const act of ['claim', 'start'] as const) {
    assert.equal(await bed.no('op', `task.${act}`, { id: next.id }), 'not_eligible');
    assert.ok(!actions.includes(act), act);
  }
  assert.ok(actions.includes('delegate') && actions.includes('exit'), 'what they administer with');
  await bed.close();
});

test('a page of tasks is bounded by all that it holds of them', async () => {
  const bed = await Testbed.open(passport('cy', { roles: ['clerk'], capacity: 1000 }));
  const definition = await bed.define({ id: 'a', task: { by: 'human', from: 'role:clerk' } });
  const large = 'x'.repeat(60_000);
  for (let at = 0; at < 200; at += 1) {
    const { id: run } = await bed.ok('root', 'workflow.start', { definition });
    const { id } = await bed.taskOf(run);
    await bed.ok('cy', 'task.start', { id });
    await bed.ok('cy', 'task.complete', { id, output: large });
  }
  const page = await bed.ok('root', 'task.list', { limit: 1000 });
  assert.ok(JSON.stringify(page.rows).length <= MOST_OF_PAGE * 1.1, `${page.rows.length} rows`);
  assert.ok(page.next !== null);
  const rest = await bed.ok('root', 'task.list', { limit: 1000, cursor: page.next });
  assert.equal(page.rows.length + rest.rows.length, 200);
  await bed.close();
});

test('what somebody may not decide on, since they took part in the work, is not theirs to do, nor their substitute’s', async () => {
  const manager = (id: string) => passport(id, { roles: ['mgr'] });
  const bed = await Testbed.open(manager('bob'), manager('mia'), passport('sub'));
  const other = await bed.start({ id: 'c', approval: { subject: 1, from: 'role:mgr' } });
  const free = (await bed.taskOf(other)).id;
  const run = await bed.start(
    { id: 'a', task: { by: 'human', from: 'passport_bob' } },
    { id: 'b', approval: { subject: 1, from: 'role:mgr' } },
  );
  const { id } = await bed.taskOf(run);
  await bed.ok('bob', 'task.start', { id });
  await bed.ok('bob', 'task.complete', { id, output: 1 });
  const approval = (await bed.taskOf(run)).id;
  const { asked } = await bed.ok('bob', 'task.get', { id: approval });
  assert.match(asked.obstacle ?? '', /took part in the work/);
  const away = { id: 'me', status: 'away', substitute: 'passport_sub' } as const;
  await bed.ok('bob', 'participant.set_availability', away);
  const inbox = async (who: string, of: { readonly run?: string }) =>
    (await bed.ok(who, 'task.list', { mine: true, ...of })).rows.map((task) => task.id).toSorted();
  for (const who of ['bob', 'sub']) {
    assert.deepEqual(await inbox(who, { run }), [], who);
    assert.deepEqual(await inbox(who, {}), [free], who);
  }
  assert.deepEqual(await inbox('mia', { run }), [approval]);
  assert.deepEqual(await inbox('mia', {}), [free, approval].toSorted());
  await bed.close();
});

test('an approval that is suspended is decided once it is resumed, and whoever may resume it is told so', async () => {
  const bed = await Testbed.open(passport('mia', { roles: ['mgr'] }), passport('eve'));
  const run = await bed.start({ id: 'b', approval: { subject: 1, from: 'role:mgr' } });
  const { id, approval } = await bed.taskOf(run);
  const told = async (who: string) => {
    const { actions, obstacle } = (await bed.ok(who, 'task.get', { id })).asked;
    return [actions.filter((one) => one === 'decide' || one === 'resume'), obstacle];
  };
  assert.deepEqual(await told('mia'), [['decide'], null]);
  await bed.ok('mia', 'task.suspend', { id });
  const why = 'The approval is suspended: it is decided once it is resumed.';
  assert.deepEqual(
    [await told('mia'), await told('eve')],
    [
      [['resume'], why],
      [[], why],
    ],
  );
  const decision = { id, outcome: 'approve', subject: approval?.subject ?? '' } as const;
  assert.equal(await bed.no('mia', 'task.decide', decision), 'task_status');
  await bed.ok('mia', 'task.resume', { id });
  assert.deepEqual(await told('mia'), [['decide'], null]);
  await bed.ok('mia', 'task.decide', decision);
  await bed.close();
});

test('what policies keep from somebody is not shown as theirs to begin, with what they say', async () => {
  const clerk = (id: string) => passport(id, { roles: ['clerk'] });
  const bed = await Testbed.open(passport('officer', { roles: ['compliance'] }), clerk('eve'), clerk('mia'));
  const kept = { id: 'not-eve', on: 'task.start', effect: 'deny', when: 'participant.id == "passport_eve"' };
  await bed.adopt({ policy: { ...kept, reason: 'Eve takes no claims.' } });
  const run = await bed.start({ id: 'a', task: { by: 'human', from: 'role:clerk' } });
  const { id } = await bed.taskOf(run);
  const told = async (who: string) => {
    const { actions, obstacle } = (await bed.ok(who, 'task.get', { id })).asked;
    return [actions.filter((one) => one === 'claim' || one === 'start'), obstacle];
  };
  assert.deepEqual(await told('eve'), [[], 'Eve takes no claims.']);
  assert.ok((await bed.ok('eve', 'task.get', { id })).asked.actions.includes('forward'), 'the rest stays');
  for (const act of ['claim', 'start'] as const)
    assert.equal(await bed.no('eve', `task.${act}`, { id }), 'policy_denied');
  assert.deepEqual(await told('mia'), [['claim', 'start'], null]);
  await bed.ok('officer', 'organisation.emergency_stop', { reason: 'smoke' });
  assert.deepEqual((await told('mia'))[0], []);
  assert.match(String((await told('mia'))[1]), /smoke/);
  await bed.close();
});

test('a page of an inbox reads some 200 runs for who took part in them, and says that there is more', async () => {
  const bed = await Testbed.open(passport('boss', { roles: ['manager'] }));
  const approval = { id: 'vote', approval: { from: 'role:manager', subject: 1 } };
  const definition = await bed.define(approval);
  const runs: string[] = [];
  for (let at = 0; at < 260; at += 1) runs.push((await bed.ok('root', 'workflow.start', { definition })).id);
  const first = await bed.ok('boss', 'task.list', { mine: true, limit: 1000 });
  assert.ok(first.next);
  const rest = await bed.ok('boss', 'task.list', { mine: true, limit: 1000, cursor: first.next });
  assert.equal(rest.next, null);
  assert.deepEqual(
    [...first.rows, ...rest.rows].map(({ run }) => run),
    runs,
  );
  await bed.close();
});
