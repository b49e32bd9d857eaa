import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const READ = { id: 'a', task: { requires: ['read'], by: 'agent' } };
const agent = passport('agent', { kind: 'agent', capabilities: ['read'], capacity: 9 });
const key = (idempotencyKey: string) => ({ idempotencyKey });

test('a write is carried out once, however often and however fast it comes', async () => {
  const bed = await Testbed.open(agent, passport('other', { roles: ['operator'] }));
  const definition = await bed.define(READ);
  const start = { definition, input: { n: 1 } };
  const first = await bed.ok('root', 'workflow.start', start, key('k'));
  const again = await Promise.all([1, 2, 3].map(() => bed.ok('root', 'workflow.start', start, key('k'))));
  for (const one of again) assert.deepEqual(one, first);
  assert.equal(
    await bed.no('root', 'workflow.start', { ...start, input: { n: 2 } }, key('k')),
    'idempotency_mismatch',
  );
  assert.equal(await bed.no('root', 'workflow.cancel', { id: first.id }, key('k')), 'idempotency_mismatch');
  assert.notEqual(
    (await bed.ok('other', 'workflow.start', start, key('k'))).id,
    first.id,
    'keys are the caller’s own',
  );
  assert.equal((await bed.ok('root', 'workflow.list_runs', {})).rows.length, 2);
  for (const bad of ['', 'with space', 'ü', 'x'.repeat(256)])
    assert.equal(await bed.no('root', 'workflow.start', start, key(bad)), 'idempotency_key_invalid');
  await bed.close();
});

test('requests under one key at the same moment are one', async () => {
  const bed = await Testbed.open();
  const definition = await bed.define(READ);
  const ids = await Promise.all(
    Array.from(
      { length: 8 },
      async () => (await bed.ok('root', 'workflow.start', { definition }, key('k'))).id,
    ),
  );
  assert.equal(new Set(ids).size, 1);
  const given = await Promise.all(
    ['a', 'b'].map((name) =>
      bed.operations.call('participant.register', { kind: 'human', name }, bed.as('root'), key('p')),
    ),
  );
  const codes = given.map((outcome) => (outcome.ok ? 'ok' : outcome.rejection.code));
  assert.deepEqual(codes.toSorted(), ['idempotency_mismatch', 'ok']);
  await bed.close();
});

test('a claim that waits for the first under its key waits no longer than it asks for, from when it came', async () => {
  const bed = await Testbed.open(agent);
  const claim = () => bed.ok('agent', 'task.claim_next', { waitSeconds: 6 }, key('c'));
  const first = claim();
  bed.clock.move(4000);
  const second = claim();
  bed.clock.move(2000);
  assert.equal((await first).task, null);
  bed.clock.move(4000);
  assert.equal((await second).task, null);
  await bed.close();
});

test('whoever has gone waits no more for the first under its key, which goes on', async () => {
  const bed = await Testbed.open(agent);
  const first = bed.ok('agent', 'task.claim_next', { waitSeconds: 6 }, key('c'));
  const gone = new AbortController();
  const asked = { ...key('c'), signal: gone.signal };
  const second = bed.operations.call('task.claim_next', { waitSeconds: 6 }, bed.as('agent'), asked);
  await new Promise(setImmediate);
  gone.abort();
  const answer = await second;
  assert.equal(answer.ok ? '' : answer.rejection.code, 'stopping');
  await bed.start(READ);
  assert.equal((await first).task?.status, 'in_progress');
  await bed.close();
});

test('a task that was completed is answered again, though it is closed', async () => {
  const bed = await Testbed.open(agent);
  await bed.start(READ);
  const { task } = await bed.ok('agent', 'task.claim_next', {}, key('c'));
  assert.deepEqual(
    (await bed.ok('agent', 'task.claim_next', { waitSeconds: 1 }, key('c'))).task,
    task,
    'the answer was lost on its way',
  );
  assert.equal(
    await bed.no('agent', 'task.claim_next', { leaseSeconds: 60 }, key('c')),
    'idempotency_mismatch',
  );
  assert.equal((await bed.ok('agent', 'task.claim_next', {}, key('d'))).task, null);
  const complete = { id: task?.id ?? '', token: task?.token ?? 0, output: 1 };
  const done = await bed.ok('agent', 'task.complete', complete, key('e'));
  assert.deepEqual(await bed.ok('agent', 'task.complete', complete, key('e')), done);
  assert.equal(await bed.no('agent', 'task.complete', complete, key('f')), 'task_closed');
  await bed.close();
});

test('a task that is given back while its claim is repeated is claimed anew', async () => {
  const bed = await Testbed.open(agent);
  await bed.start(READ);
  const { task: first } = await bed.ok('agent', 'task.claim_next', {}, key('c'));
  await bed.runtime.stop();
  const later = new Testbed(bed.store);
  await later.runtime.start();
  const { store } = later;
  const read = store.task.bind(store);
  store.task = async (id) => {
    store.task = read;
    await later.ok('agent', 'task.release', { id, token: first?.token ?? 0 });
    return read(id);
  };
  const { task: second } = await later.ok('agent', 'task.claim_next', {}, key('c'));
  assert.equal(second?.id, first?.id);
  assert.deepEqual([second?.status, second?.assignee], ['in_progress', 'passport_agent']);
  assert.notEqual(second?.token, first?.token);
  await later.close();
});

test('a claim that is repeated is held as long again, and is a claim anew when it is not held any more (REPEAT-3)', async () => {
  const bed = await Testbed.open(agent, passport('other', { kind: 'agent', capabilities: ['read'] }));
  await bed.start(READ);
  const { task: first } = await bed.ok('agent', 'task.claim_next', {}, key('c'));
  bed.clock.move(25_000);
  const { task: again } = await bed.ok('agent', 'task.claim_next', {}, key('c'));
  assert.deepEqual([again?.id, again?.token], [first?.id, first?.token]);
  assert.equal(again?.leaseUntil, bed.clock.now() + 30_000, 'whoever claims counts from the answer');
  bed.clock.move(25_000);
  const held = { id: first?.id ?? '', token: first?.token ?? 0 };
  await bed.ok('agent', 'task.heartbeat', held, key('h'));
  bed.clock.move(31_000);
  await bed.until(async () => (await bed.store.task(held.id))?.status === 'ready');
  assert.equal(await bed.no('agent', 'task.heartbeat', held, key('h')), 'not_holder');
  const { task: other } = await bed.ok('other', 'task.claim_next', {});
  assert.equal(other?.id, held.id);
  assert.equal((await bed.ok('agent', 'task.claim_next', {}, key('c'))).task, null);
  assert.equal(
    await bed.no('agent', 'task.claim_next', { leaseSeconds: 60 }, key('c')),
    'idempotency_mismatch',
  );
  await bed.ok('other', 'task.release', { id: held.id, token: other?.token ?? 0 });
  const { task: anew } = await bed.ok('agent', 'task.claim_next', {}, key('c'));
  assert.deepEqual([anew?.id, anew?.assignee], [held.id, 'passport_agent']);
  assert.notEqual(anew?.token, held.token);
  await bed.close();
});

test('a refusal is not remembered', async () => {
  const bed = await Testbed.open();
  assert.equal(
    await bed.no('root', 'workflow.start', { definition: 'later' }, key('k')),
    'definition_unknown',
  );
  const phases = [{ id: 'p', steps: [{ id: 'a', wait: { for: '1h' } }] }];
  await bed.ok('root', 'workflow.save_definition', { document: { id: 'later', phases } });
  await bed.ok('root', 'workflow.start', { definition: 'later' }, key('k'));
  await bed.close();
});

test('after a restart, what was recorded is answered again; a secret is told only once', async () => {
  const bed = await Testbed.open(agent);
  const definition = await bed.define(READ);
  const document = { id: 'saved', phases: [{ id: 'p', steps: [{ id: 'a', wait: { for: '1h' } }] }] };
  const before = {
    run: await bed.ok('root', 'workflow.start', { definition }, key('1')),
    saved: await bed.ok('root', 'workflow.save_definition', { document }, key('2')),
    person: await bed.ok('root', 'participant.register', { kind: 'human', name: 'P' }, key('3')),
    changed: await bed.ok('root', 'participant.update', { id: 'passport_agent', capacity: 3 }, key('4')),
    token: await bed.ok('root', 'token.issue', { passport: 'passport_agent' }, key('5')),
  };
  assert.deepEqual(
    await bed.ok('root', 'token.issue', { passport: 'passport_agent' }, key('5')),
    before.token,
  );
  const revoked = await bed.ok('root', 'token.revoke', { id: before.token.token.id }, key('6'));
  const held = (await bed.ok('agent', 'task.claim_next', { leaseSeconds: 60 }, key('7'))).task;
  await bed.ok('root', 'workflow.start', { definition });
  await bed.runtime.stop();

  const later = new Testbed(bed.store);
  await later.runtime.start();
  assert.deepEqual(await later.ok('root', 'workflow.start', { definition }, key('1')), before.run);
  assert.deepEqual(await later.ok('root', 'workflow.save_definition', { document }, key('2')), before.saved);
  assert.deepEqual(
    await later.ok('root', 'participant.register', { kind: 'human', name: 'P' }, key('3')),
    before.person,
  );
  assert.deepEqual(
    await later.ok('root', 'participant.update', { id: 'passport_agent', capacity: 3 }, key('4')),
    before.changed,
  );
  const token = await later.ok('root', 'token.issue', { passport: 'passport_agent' }, key('5'));
  assert.deepEqual(token, { ...before.token, secret: null });
  assert.deepEqual(await later.ok('root', 'token.revoke', { id: token.token.id }, key('6')), revoked);
  const again = (await later.ok('agent', 'task.claim_next', { leaseSeconds: 60 }, key('7'))).task;
  assert.ok(held);
  assert.deepEqual([again?.id, again?.token], [held.id, held.token], 'and what is held still is given again');
  await later.ok('agent', 'task.complete', { id: held.id, token: held.token, output: 1 });
  const next = (await later.ok('agent', 'task.claim_next', { leaseSeconds: 60 }, key('8'))).task;
  assert.ok(next && next.id !== held.id);
  const text = JSON.stringify(
    await Promise.all(['1', '2', '3', '4', '5', '6'].map((k) => bed.store.idempotent(`passport_root ${k}`))),
  );
  assert.ok(before.token.secret && !text.includes(before.token.secret), 'no secret is recorded');
  await later.close();
});

test('a definition that was there already is the answer under the key, whatever has been saved since', async () => {
  const bed = await Testbed.open();
  const save = (name: string, asked?: ReturnType<typeof key>) => {
    const document = { id: 'd', name, phases: [{ id: 'p', steps: [READ] }] };
    return bed.ok('root', 'workflow.save_definition', { document }, asked);
  };
  await save('first');
  const answer = await save('first', key('k'));
  await save('second');
  assert.deepEqual(await save('first', key('k')), answer);
  assert.equal(answer.definition.version, 1);
  const newest = async () => (await bed.ok('root', 'workflow.get_definition', { id: 'd' })).version;
  assert.equal(await newest(), 2);
  await bed.runtime.stop();
  const later = new Testbed(bed.store);
  await later.runtime.start();
  const document = { id: 'd', name: 'first', phases: [{ id: 'p', steps: [READ] }] };
  const again = { document };
  assert.deepEqual(await later.ok('root', 'workflow.save_definition', again, key('k')), answer);
  await later.close();
});

test('answers that are kept in memory alone are so many, and the oldest go first', async () => {
  const bed = await Testbed.open();
  const ask = (name: string) => bed.ok('root', 'participant.heartbeat', {}, key(name));
  const [first, second] = [await ask('0'), await ask('1')];
  bed.clock.move(1000);
  for (let at = 2; at <= 1000; at += 1) await ask(`${at}`);
  assert.deepEqual(await ask('1'), second);
  assert.notDeepEqual(await ask('0'), first, 'carried out again');
  await bed.close();
});

test('the same done twice to one task in a batch is done twice, and once more not when it is repeated', async () => {
  const bed = await Testbed.open();
  const { id } = await bed.taskOf(await bed.start({ id: 'a', task: { by: 'human' } }));
  const comment = { id, text: 'again' };
  const batch = { act: 'comment' as const, items: [comment, comment] };
  const first = await bed.ok('root', 'task.batch', batch, key('b'));
  assert.deepEqual(await bed.ok('root', 'task.batch', batch, key('b')), first);
  assert.equal((await bed.ok('root', 'task.get', { id })).notes?.comments.length, 2);
  await bed.close();
});

test('what another node has carried out under the key is no answer to another request (REPEAT-4)', async () => {
  const bed = await Testbed.open();
  const definition = await bed.define(READ);
  const first = { definition, input: { n: 1 } };
  const { id } = await bed.ok('root', 'workflow.start', first, key('k'));
  const { idempotent } = bed.store;
  const unheard = () => {
    bed.store.idempotent = async () => {
      bed.store.idempotent = idempotent;
      return null;
    };
  };
  unheard();
  const other = { definition, input: { n: 2 } };
  assert.equal(await bed.no('root', 'workflow.start', other, key('k')), 'idempotency_mismatch');
  unheard();
  assert.equal((await bed.ok('root', 'workflow.start', first, key('k'))).id, id);
  await bed.close();
});
