/** Who has a task, or was asked to help with it, is told to nobody whom the task is hidden from (SEE-2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const HIDDEN = { visibility: { allocated: 'holder', unallocated: 'candidates' } };

async function held(): Promise<{ bed: Testbed; run: string; id: string }> {
  const bed = await Testbed.open(
    passport('bob', { roles: ['clerk'] }),
    passport('board', { roles: ['secretboard'] }),
    passport('other'),
    passport('spy', { kind: 'agent' }),
  );
  const run = await bed.start({ id: 'a', task: { by: 'human', from: 'role:clerk', ...HIDDEN } });
  const { id } = await bed.taskOf(run);
  await bed.ok('bob', 'task.start', { id });
  await bed.ok('bob', 'task.request_help', { id, from: 'role:secretboard', text: 'how?' });
  return { bed, run, id };
}

test('refusals name nobody', async () => {
  const { bed, id } = await held();
  const asked = [
    ['other', 'task.claim', {}],
    ['other', 'task.decline', {}],
    ['other', 'task.heartbeat', {}],
    ['spy', 'task.complete', { token: 1 }],
    ['spy', 'tool.request', { token: 1, call: '1', tool: 'pay', arguments: {} }],
    ['other', 'task.help', { request: 1, output: 'so' }],
  ] as const;
  const told = async (who: string, name: (typeof asked)[number][1], more: object): Promise<string> => {
    const outcome = await bed.operations.call(name, { id, ...more }, bed.as(who));
    assert.ok(!outcome.ok);
    return JSON.stringify(outcome.rejection);
  };
  for (const [who, name, more] of asked) {
    const text = await told(who, name, more);
    assert.ok(!text.includes('bob') && !text.includes('secretboard'), text);
    assert.match(text, /somebody/, name);
  }
  assert.match(await told('root', 'task.claim', {}), /is held by passport_bob/);
  await bed.close();
});

test('nor does the verdict of a run whose holder is suspended', async () => {
  const { bed, run, id } = await held();
  await bed.ok('root', 'participant.suspend', { id: 'passport_bob' });
  const told = async (who: string) => {
    const { verdict } = await bed.ok(who, 'workflow.get_run', { id: run });
    const { rows } = await bed.ok(who, 'workflow.list_runs', {});
    return [verdict, rows[0]?.verdict].map((one) => one?.missing?.join());
  };
  const missing = (who: string): string =>
    `somebody in place of ${who} holds ${id} and is suspended (task.release gives it back)`;
  const [hidden, shown] = [missing('whoever'), missing('passport_bob, who')];
  assert.deepEqual(await told('other'), [hidden, hidden]);
  assert.deepEqual(await told('root'), [shown, shown]);
  await bed.close();
});

test('nothing is done to it by whoever could have had it, since the answer would show it', async () => {
  const { bed, id } = await held();
  await bed.add(passport('mia', { roles: ['clerk'] }));
  const text = 'hi';
  await bed.ok('root', 'task.comment', { id, text });
  const acts = [
    ['task.comment', { text }],
    ['task.set', { priority: 9 }],
    ['task.attach', { name: 'n', sha256: '0'.repeat(64) }],
    ['task.detach', { name: 'n' }],
  ] as const;
  for (const [name, input] of acts) assert.equal(await bed.no('mia', name, { id, ...input }), 'not_eligible');
  const { results } = await bed.ok('mia', 'task.batch', { act: 'comment', items: [{ id, text }] });
  assert.equal(results[0]?.refused?.code, 'not_eligible');
  assert.equal(await bed.no('mia', 'task.get', { id }), 'not_eligible');
  const { task } = await bed.ok('bob', 'task.comment', { id, text });
  assert.equal(task.notes?.comments.length, 2);
  await bed.close();
});

test('what its step withdraws from those who may do it is neither listed for them nor shown as they decline it', async () => {
  const { bed } = await held();
  const withdraw = (what: string) => ({ potential_owner: { withdraw: [what] } });
  const task = { by: 'human', from: 'role:clerk', ...HIDDEN };
  const shown = await bed.start({ id: 'b', task: { ...task, privileges: withdraw('forward') } });
  const kept = await bed.start({ id: 'c', task: { ...task, privileges: withdraw('view') } });
  const { id } = await bed.taskOf(kept);
  for (const run of [undefined, kept, shown]) {
    const { rows } = await bed.ok('bob', 'task.list', { mine: true, ...(run !== undefined && { run }) });
    const listed = rows.map((row) => row.run);
    assert.equal(listed.includes(shown), run !== kept);
    assert.ok(!listed.includes(kept));
  }
  for (const name of ['task.get', 'task.decline', 'task.suspend'] as const)
    assert.equal(await bed.no('bob', name, { id }), 'not_eligible');
  await bed.ok('bob', 'task.start', { id });
  const { rows } = await bed.ok('bob', 'task.list', { mine: true, run: kept });
  assert.deepEqual(
    rows.map((row) => row.id),
    [id],
  );
  await bed.close();
});

test('nor does the refusal of who comes for it at the same time, or for the pile that it is', async () => {
  const { bed } = await held();
  await bed.add(passport('mia', { roles: ['clerk'] }));
  const privileges = { actual_owner: { grant: ['pile'] } };
  const definition = await bed.define({
    id: 'b',
    task: { by: 'human', from: 'role:clerk', ...HIDDEN, privileges },
  });
  for (const _ of [1, 2, 3]) await bed.ok('root', 'workflow.start', { definition });
  const { rows } = await bed.ok('mia', 'task.list', { mine: true });
  const [first = '', , last = ''] = rows.map(({ id }) => id);
  const text = async (who: string, name: 'task.start' | 'task.complete', input: { id: string }) => {
    const outcome = await bed.operations.call(name, input, bed.as(who));
    assert.ok(!outcome.ok);
    return JSON.stringify(outcome.rejection);
  };
  const bobs = bed.ok('bob', 'task.claim', { id: first });
  assert.match(await text('mia', 'task.start', { id: first }), /task_held.*held by somebody/);
  await bobs;
  await bed.ok('bob', 'task.start', { id: first });
  await bed.ok('bob', 'task.complete', { id: first, output: 1, next: 'piled' });
  await bed.ok('mia', 'task.start', { id: last });
  const piled = { id: last, output: 1, next: 'piled' } as const;
  const refused = await text('mia', 'task.complete', piled);
  assert.match(refused, /pile_taken.*somebody takes the tasks/);
  assert.ok(!refused.includes('bob'));
  await bed.close();
});

test('nor whose help it waits for in vain', async () => {
  const { bed, run, id } = await held();
  await bed.ok('root', 'participant.update', { id: 'passport_board', roles: [] });
  const told = async (who: string) =>
    (await bed.ok(who, 'workflow.get_run', { id: run })).verdict?.missing?.join();
  assert.equal(await told('other'), `the help without which ${id} is not completed`);
  assert.equal(await told('root'), `the help of role:secretboard, without which ${id} is not completed`);
  await bed.close();
});
