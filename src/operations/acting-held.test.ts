/** Who has a task, where it is done under a delegation. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Testbed } from '../../test/e2e/http-testbed.ts';
import { lastOf, letAct, open, under } from '../../test/e2e/delegation-kit.ts';
import type { OperationName } from './schema/index.ts';

const BOBS = { id: 'a', task: { by: 'human', from: 'passport_bob' } };
const REST = { id: 'b', approval: { subject: 1, from: 'passport_carol' } };

const told = async (
  bed: Testbed,
  who: string,
  name: OperationName,
  input: object,
  delegation: string,
): Promise<string> => {
  const outcome = await bed.operations.call(name, input, bed.as(who), under(delegation));
  return outcome.ok ? 'yes' : outcome.rejection.code;
};
/** All that the holder of a task does with it. */
const BEFORE = [
  ['task.draft', { draft: 1 }],
  ['task.request_help', { from: 'passport_alice', text: 'how?' }],
  ['task.comment', { text: 'so' }],
  ['task.set', { priority: 9 }],
  ['task.suspend', {}],
  ['task.delegate', { to: 'passport_alice' }],
  ['task.forward', { to: 'passport_alice' }],
  ['task.release', {}],
] as const;
const RESERVED = [['task.start', {}], ['task.decline', {}], ...BEFORE] as const;
const BEGUN = [
  ['task.heartbeat', { token: 1 }],
  ['task.progress', { fraction: 0.5 }],
  ['task.stop', {}],
  ['task.fail', { code: 'broken', message: 'no' }],
  ['task.restart', {}],
  ['task.complete', {}],
  ['task.complete', { next: 'piled' }],
  ...BEFORE,
] as const;

test('what is ones own is not done for somebody who may not do it', async () => {
  const bed = await open();
  const run = await bed.start(BOBS, REST);
  const { id } = await bed.taskOf(run);
  const carols = await letAct(bed, 'carol', 'bob');
  const asked = async (verbs: typeof RESERVED | typeof BEGUN): Promise<void> => {
    for (const [name, more] of verbs) {
      const code = await told(bed, 'bob', name, { id, ...more }, carols);
      assert.ok(['not_allowed', 'not_eligible', 'not_holder'].includes(code), `${name}: ${code}`);
    }
  };
  await asked(RESERVED);
  const inbox = async (delegation?: string) =>
    (
      await bed.ok('bob', 'task.list', { mine: true }, delegation === undefined ? {} : under(delegation))
    ).rows.map((row) => row.id);
  assert.deepEqual([await inbox(carols), await inbox()], [[], [id]]);
  await bed.ok('bob', 'task.start', { id });
  await asked(BEGUN);
  const { results } = await bed.ok('bob', 'task.batch', { act: 'complete', items: [{ id }] }, under(carols));
  assert.equal(results[0]?.refused?.code, 'not_allowed');
  const { actions, roles, obstacle } = (await bed.ok('bob', 'task.get', { id }, under(carols))).asked;
  assert.deepEqual([actions, roles], [[], []]);
  assert.equal(obstacle, 'carol is not passport_bob.');
  await bed.ok('bob', 'task.complete', { id });
  const approval = await bed.taskOf(run);
  const decision = {
    id: approval.id,
    outcome: 'approve' as const,
    subject: approval.approval?.subject ?? '',
  };
  await bed.ok('carol', 'task.decide', decision);
  await bed.close();
});

test('nor by an agent, with whatever token', async () => {
  const bed = await open();
  const run = await bed.start({ id: 'a', task: { by: 'agent', requires: ['typing'] } });
  const { id } = await bed.taskOf(run);
  await bed.ok('agent', 'task.claim', { id });
  const doing = [
    ['task.heartbeat', {}],
    ['task.progress', { fraction: 0.5 }],
    ['tool.request', { call: '1', tool: 'look' }],
  ] as const;
  const ending = [
    ['task.complete', {}],
    ['task.fail', { code: 'broken', message: 'no' }],
  ] as const;
  const refused = async (grantor: string, verbs: typeof doing | typeof ending): Promise<void> => {
    const delegation = await letAct(bed, grantor, 'agent');
    for (const [name, more] of verbs) {
      const code = await told(bed, 'agent', name, { id, token: 1, ...more }, delegation);
      assert.ok(['not_holder', 'not_allowed'].includes(code), `${grantor} ${name}: ${code}`);
    }
  };
  await refused('carol', doing);
  await refused('carol', ending);
  await refused('alice', doing); // she operates runs: to end it would be hers
  await bed.ok('agent', 'task.complete', { id, token: 1 });
  await bed.close();
});

test('what is taken under a delegation is gone on with under it, while the grantor could take it', async () => {
  const bed = await open();
  await bed.ok('root', 'participant.update', { id: 'passport_carol', capabilities: ['ocr'] });
  const hidden = { allocated: 'holder', unallocated: 'candidates' };
  const run = await bed.start({ id: 'a', task: { by: 'human', requires: ['ocr'], visibility: hidden } });
  const { id } = await bed.taskOf(run);
  const carols = under(await letAct(bed, 'carol', 'bob'));
  await bed.ok('bob', 'task.claim', { id }, carols);
  await bed.ok('bob', 'task.draft', { id, draft: 1 }, carols);
  await bed.ok('bob', 'task.start', { id }, carols);
  await bed.ok('bob', 'task.progress', { id, fraction: 0.5 }, carols);
  await bed.ok('bob', 'task.heartbeat', { id }, carols);
  await bed.ok('bob', 'task.comment', { id, text: 'so' }, carols);
  await bed.ok('bob', 'task.suspend', { id }, carols);
  await bed.ok('bob', 'task.resume', { id }, carols);
  const { rows } = await bed.ok('bob', 'task.list', { mine: true }, carols);
  assert.deepEqual(
    rows.map((row) => row.id),
    [id],
  );
  assert.ok((await bed.ok('bob', 'task.get', { id }, carols)).asked.actions.includes('complete'));
  await bed.ok('root', 'participant.update', { id: 'passport_carol', capabilities: [] });
  assert.equal(await bed.no('bob', 'task.complete', { id }, carols), 'not_allowed');
  await bed.ok('root', 'participant.update', { id: 'passport_carol', capabilities: ['ocr'] });
  await bed.ok('bob', 'task.complete', { id }, carols);
  assert.equal((await lastOf(bed, run, 'task.completed'))?.onBehalfOf, 'passport_carol');
  await bed.close();
});

test('so is what the grantor could take as an administrator', async () => {
  const bed = await open();
  await bed.ok('root', 'participant.update', { id: 'passport_carol', roles: ['clerk'] });
  const run = await bed.start({ id: 'a', task: { by: 'human', from: 'role:clerk' } });
  const { id } = await bed.taskOf(run);
  const alices = under(await letAct(bed, 'alice', 'bob'));
  await bed.ok('bob', 'task.claim', { id }, alices);
  await bed.ok('bob', 'task.start', { id }, alices);
  await bed.ok('bob', 'task.progress', { id, fraction: 0.5 }, alices);
  await bed.ok('bob', 'task.complete', { id }, alices);
  assert.equal((await lastOf(bed, run, 'task.completed'))?.onBehalfOf, 'passport_alice');
  await bed.close();
});

for (const who of ['bob', 'agent'])
  test(`what is taken under a delegation of an administrator is gone on with under it, though ${who} might do it as themselves`, async () => {
    const bed = await open();
    await bed.ok('root', 'participant.update', { id: 'passport_alice', capabilities: [] });
    await bed.ok('root', 'participant.update', { id: 'passport_bob', capabilities: ['typing'] });
    const alices = under(await letAct(bed, 'alice', who));
    const by = who === 'agent' ? 'agent' : 'human';
    const run = await bed.start({ id: 'a', task: { by, requires: ['typing'] } });
    const { id } = await bed.taskOf(run);
    const { task } = await bed.ok(who, 'task.claim', { id }, alices);
    const held = { id, token: task.token };
    if (who === 'bob') await bed.ok(who, 'task.start', { id }, alices);
    await bed.ok(who, 'task.heartbeat', held, alices);
    await bed.ok(who, 'task.progress', { ...held, fraction: 0.5 }, alices);
    await bed.ok(who, 'tool.request', { ...held, call: '1', tool: 'look' }, alices);
    await bed.ok(who, 'task.suspend', held, alices);
    await bed.ok(who, 'task.resume', held, alices);
    await bed.ok(who, 'task.complete', held, alices);
    assert.equal((await lastOf(bed, run, 'task.completed'))?.onBehalfOf, 'passport_alice');
    await bed.close();
  });
