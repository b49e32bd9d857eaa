import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const OPERATOR = { roles: ['operator'] };
const bot = passport('bot', { kind: 'agent', capabilities: ['read'], capacity: 9, ...OPERATOR });
const READ = { id: 'a', task: { requires: ['read'], by: 'agent' } };
const PERSON = { id: 'a', task: { by: 'human' } };

test('whoever operates runs does not complete what is not for their kind', async () => {
  const bed = await Testbed.open(bot, passport('erp', { kind: 'system' }), passport('olga', OPERATOR));
  const doubted = await bed.start(READ);
  const { task } = await bed.ok('bot', 'task.claim_next', {});
  await bed.ok('bot', 'task.complete', {
    id: task?.id ?? '',
    token: task?.token ?? 0,
    output: 1,
    confidence: 0.1,
  });
  const { id: review } = await bed.taskOf(doubted);
  await bed.ok('root', 'task.start', { id: review });
  assert.equal(await bed.no('bot', 'task.complete', { id: review, output: 1 }), 'not_eligible');

  const written = await bed.start({ id: 'a', record: { system: 'erp', operation: 'post' } });
  const { id: record } = await bed.taskOf(written);
  await bed.ok('erp', 'task.start', { id: record });
  assert.equal(
    await bed.no('bot', 'task.complete', { id: record, output: { forged: true } }),
    'not_eligible',
  );

  await bed.start(READ);
  const { task: held } = await bed.ok('bot', 'task.claim_next', {});
  const work = { id: held?.id ?? '', output: 1 };
  assert.equal(await bed.no('olga', 'task.complete', work), 'not_eligible');
  const { asked } = await bed.ok('olga', 'task.get', { id: work.id });
  assert.deepEqual([asked.actions.includes('complete'), asked.actions.includes('fail')], [false, true]);
  assert.equal((await bed.ok('olga', 'task.force_complete', work)).task.status, 'completed');
  await bed.close();
});

test('what is not for them is not done before its turn either', async () => {
  const bed = await Testbed.open(bot, passport('clerk', { roles: ['clerk'] }));
  const early = { id: 'a', task: { by: 'human', from: 'role:clerk', assign: { when: 'early' } } };
  const run = await bed.start(PERSON, early);
  const { rows } = await bed.ok('root', 'task.list', { run, status: ['created'] });
  const [announced] = rows;
  assert.equal(await bed.no('bot', 'task.predo', { id: announced?.id ?? '', output: 1 }), 'not_eligible');
  await bed.ok('root', 'task.predo', { id: announced?.id ?? '', output: 1 });
  await bed.close();
});

test('whoever operates runs completes nothing that is separate from what they, or whom they answer for, did', async () => {
  const deputy = passport('deputy', { kind: 'agent', owner: 'passport_olga', ...OPERATOR });
  const bed = await Testbed.open(passport('olga', OPERATOR), passport('bob'), deputy);
  const separate = { id: 'b', task: { by: 'human', separateFrom: ['p0.a'] } };
  const run = await bed.start(PERSON, separate);
  const { id: first } = await bed.taskOf(run);
  await bed.ok('olga', 'task.start', { id: first });
  await bed.ok('olga', 'task.complete', { id: first, output: 1 });
  const { id } = await bed.taskOf(run);
  assert.equal(await bed.no('olga', 'task.force_complete', { id, output: 2 }), 'separation_of_duties');
  await bed.ok('bob', 'task.start', { id });
  assert.equal(await bed.no('olga', 'task.complete', { id, output: 2 }), 'not_eligible');
  assert.equal(await bed.no('olga', 'task.force_complete', { id, output: 2 }), 'separation_of_duties');
  assert.equal(await bed.no('deputy', 'task.complete', { id, output: 2 }), 'not_eligible');
  assert.equal((await bed.ok('root', 'task.complete', { id, output: 2 })).run.status, 'completed');
  await bed.close();
});

test('nor does anybody complete what they are excluded from', async () => {
  const bed = await Testbed.open(passport('olga', OPERATOR), passport('bob'));
  const run = await bed.start({ id: 'a', task: { by: 'human', exclude: ['passport_olga'] } });
  const { id } = await bed.taskOf(run);
  assert.equal(await bed.no('olga', 'task.force_complete', { id, output: 2 }), 'participant_excluded');
  await bed.ok('bob', 'task.start', { id });
  assert.equal(await bed.no('olga', 'task.complete', { id, output: 2 }), 'not_eligible');
  assert.equal((await bed.ok('olga', 'task.fail', { id, code: 'x', message: 'y' })).task.status, 'failed');
  await bed.close();
});

test('the task that was begun with what was completed is told again to who asks again', async () => {
  const bed = await Testbed.open(passport('bob', { roles: ['clerk'] }));
  const work = { by: 'human', from: 'role:clerk' };
  const run = await bed.start({ id: 'a', task: work }, { id: 'b', task: work });
  const { id } = await bed.taskOf(run);
  await bed.ok('bob', 'task.start', { id });
  const complete = () =>
    bed.ok('bob', 'task.complete', { id, next: 'chained' }, { idempotencyKey: 'chained' });
  const first = await complete();
  assert.deepEqual([first.next?.step, first.next?.status], ['p1.b', 'in_progress']);
  assert.deepEqual(await complete(), first);
  await bed.close();
});

test('going on in a run and going on with a step are allowed apart', async () => {
  const bed = await Testbed.open(passport('bob', { roles: ['clerk'] }));
  const codes = async (what: string) => {
    const privileges = { actual_owner: { withdraw: [what] } };
    const work = { by: 'human', from: 'role:clerk', privileges };
    const { id } = await bed.taskOf(await bed.start({ id: 'a', task: work }));
    await bed.ok('bob', 'task.start', { id });
    const other = what === 'chain' ? 'piled' : 'chained';
    const code = await bed.no('bob', 'task.complete', { id, next: what === 'chain' ? 'chained' : 'piled' });
    return [code, (await bed.ok('bob', 'task.complete', { id, next: other })).run.status];
  };
  assert.deepEqual(await codes('chain'), ['not_allowed', 'completed']);
  assert.deepEqual(await codes('pile'), ['not_allowed', 'completed']);
  await bed.close();
});
