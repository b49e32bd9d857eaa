/** Who has a task, or was asked to help with it, is told to nobody whom the task is hidden from (SEE-2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const HIDDEN = { visibility: { allocated: 'holder', unallocated: 'candidates' } };

async function held(): Promise<{ bed: Testbed; run: string; id: string }> {
  const bed = await Testbed.open(
    passport('bob', { roles: ['clerk'] }),
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
