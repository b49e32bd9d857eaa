/** How far what somebody does under a delegation reaches beyond what it is done to. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Testbed } from '../../test/e2e/http-testbed.ts';
import { letAct, open, under } from '../../test/e2e/delegation-kit.ts';
import type { InputOf } from './schema/index.ts';

const FEW = { scope: { amount: { amount: 100, currency: 'EUR' } } };

/** A definition whose step is worth what its run is. */
const payment = async (bed: Testbed, ...more: object[]) => {
  const definition = await bed.define(
    { id: 'a', task: { requires: ['ocr'], by: 'human', input: '${ input }' } },
    ...more,
  );
  const start = async (amount: number) =>
    (await bed.ok('root', 'workflow.start', { definition, input: { amount, currency: 'EUR' } })).id;
  return { definition, start };
};
const statusOf = async (bed: Testbed, id: string) =>
  (await bed.ok('root', 'workflow.get_run', { id })).status;

test('ACT-4: what is begun with what was completed is covered as well', async () => {
  const bed = await open();
  const { start } = await payment(bed, {
    id: 'b',
    task: { requires: ['ocr'], by: 'human', input: { amount: 99_999, currency: 'EUR' } },
  });
  const runs = [];
  for (const amount of [10, 5000, 20]) runs.push(await start(amount));
  const [first, second, third] = await Promise.all(runs.map((run) => bed.taskOf(run)));
  const alices = under(await letAct(bed, 'alice', 'bob', FEW));
  await bed.ok('bob', 'task.start', { id: first?.id ?? '' }, alices);
  const { next } = await bed.ok('bob', 'task.complete', { id: first?.id ?? '', next: 'piled' }, alices);
  assert.equal(next?.id, third?.id, 'the one for 5000 is passed over');
  const chained = { id: third?.id ?? '', next: 'chained' as const };
  assert.equal(await bed.no('bob', 'task.complete', chained, alices), 'delegation_scope');
  const { tasks } = await bed.ok('root', 'workflow.get_run', { id: runs[1] ?? '' });
  assert.deepEqual(
    tasks.map(({ id, status }) => [id, status]),
    [[second?.id, 'ready']],
  );
  await bed.close();
});

test('ACT-4: runs that are removed together are covered only where nothing of each has to be known', async () => {
  const bed = await open();
  const { definition, start } = await payment(bed);
  const [small, large] = [await start(10), await start(5000)];
  const all = { id: small, runs: 'all' as const };
  const few = under(await letAct(bed, 'alice', 'bob', FEW));
  assert.equal(await bed.no('bob', 'workflow.cancel', all, few), 'delegation_scope');
  const bounded = under(
    await letAct(bed, 'alice', 'bob', { constraints: [{ fact: 'amount', atMost: 100 }] }),
  );
  assert.equal(await bed.no('bob', 'workflow.cancel', all, bounded), 'delegation_scope');
  const task = (await bed.taskOf(small)).id;
  for (const one of [few, bounded])
    assert.equal(
      await bed.no('bob', 'task.force_fail', { id: task, case: 'remove_all' }, one),
      'delegation_scope',
    );
  assert.deepEqual([await statusOf(bed, small), await statusOf(bed, large)], ['running', 'running']);
  await bed.ok('bob', 'workflow.cancel', { id: await start(20) }, few);
  const ofIt = under(await letAct(bed, 'alice', 'bob', { scope: { definitions: [definition] } }));
  await bed.ok('bob', 'workflow.cancel', all, ofIt);
  await bed.close();
});

test('ACT-4: forcing a task removes and sends back no more than the delegation covers', async () => {
  const bed = await open();
  const { start } = await payment(bed);
  const run = await start(10);
  const { id } = await bed.taskOf(run);
  const forced = async (operations: string[], more: object): Promise<string> => {
    const delegation = await letAct(bed, 'alice', 'bob', { scope: { operations } });
    const outcome = await bed.operations.call(
      'task.force_fail',
      { id, ...more },
      bed.as('bob'),
      under(delegation),
    );
    return outcome.ok ? 'yes' : outcome.rejection.code;
  };
  const force = 'task.force_fail';
  const back = { recovery: { rollback: 'p0' } };
  assert.equal(await forced([force], { case: 'remove' }), 'delegation_scope');
  assert.equal(await forced([force], { case: 'remove_all' }), 'delegation_scope');
  assert.equal(await forced([force], back), 'delegation_scope');
  assert.equal(await forced([force, 'workflow.cancel'], back), 'delegation_scope');
  assert.equal(await forced([force, 'workflow.rollback'], { case: 'remove' }), 'delegation_scope');
  assert.equal(await forced([force, 'workflow.cancel'], { case: 'remove' }), 'yes');
  assert.equal(await statusOf(bed, run), 'cancelled');
  await bed.close();
});

test('a delegation for capabilities alone is for work that takes them, and for nothing else that changes something', async () => {
  const bed = await open();
  const definition = await bed.define({ id: 'a', task: { requires: ['ocr'], by: 'human', input: {} } });
  const { id } = await bed.ok('root', 'workflow.start', { definition });
  const pay = await bed.start({ id: 'a', approval: { subject: 1, from: 'role:manager' } });
  const approval = await bed.taskOf(pay);
  const alices = under(await letAct(bed, 'alice', 'bob', { scope: { capabilities: ['ocr'] } }));
  const decision = { outcome: 'approve' as const, subject: approval.approval?.subject ?? '' };
  assert.equal(
    await bed.no('bob', 'task.decide', { id: approval.id, ...decision }, alices),
    'delegation_scope',
  );
  assert.equal(await bed.no('bob', 'workflow.cancel', { id }, alices), 'delegation_scope');
  assert.equal(await bed.no('bob', 'workflow.start', { definition }, alices), 'delegation_scope');
  await bed.ok('bob', 'workflow.get_run', { id }, alices);
  await bed.ok('bob', 'task.start', { id: (await bed.taskOf(id)).id }, alices);
  await bed.close();
});

test('who is let do work with some capabilities may call tools for it, and keep content', async () => {
  const bed = await open();
  const start = async (requires: string[]) => {
    const input = { amount: 90, currency: 'EUR' };
    const definition = await bed.define({ id: 'a', task: { requires, by: 'agent', input } });
    const run = (await bed.ok('root', 'workflow.start', { definition })).id;
    return { definition, id: (await bed.taskOf(run)).id };
  };
  const { definition, id } = await start(['ocr']);
  const allowed = async (scope: InputOf<'delegation.create'>['scope']) =>
    under(await letAct(bed, 'alice', 'agent', { scope }));
  const ocr = await allowed({ capabilities: ['ocr'] });
  await bed.ok('agent', 'task.start', { id }, ocr);
  const token = 1;
  const call = { id, token, call: '1', tool: 'look' };
  const request = (await bed.ok('agent', 'tool.request', call, ocr)).request ?? '';
  const narrow = await allowed({
    capabilities: ['ocr'],
    definitions: [definition],
    amount: { amount: 100, currency: 'EUR' },
  });
  const told = { id: request, token, result: null };
  await bed.ok('agent', 'tool.get', { id: request }, narrow);
  for (const scope of [
    { capabilities: [] },
    { definitions: ['another'] },
    { amount: { amount: 80, currency: 'EUR' } },
  ]) {
    const other = await allowed(scope);
    assert.equal(await bed.no('agent', 'tool.request', { ...call, call: '2' }, other), 'delegation_scope');
    assert.equal(await bed.no('agent', 'tool.done', told, other), 'delegation_scope');
  }
  const content = Buffer.from('read');
  const sha256 = createHash('sha256').update(content).digest('hex');
  await bed.ok('agent', 'artifact.put', { sha256, content: content.toString('base64') }, ocr);
  const { id: plain } = await start([]);
  assert.equal(await bed.no('agent', 'task.start', { id: plain }, ocr), 'delegation_scope');
  await bed.close();
});
