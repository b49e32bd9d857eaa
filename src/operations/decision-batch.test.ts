import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastOf, letAct, open, under } from '../../test/e2e/delegation-kit.ts';
import type { Testbed } from '../../test/e2e/http-testbed.ts';

const sign = (more: object = {}) => ({
  id: 'sign',
  approval: { subject: '${ input }', from: 'role:manager', ...more },
});
const AMOUNT = { type: 'object', properties: { amount: { type: 'number' } } };

/** Runs of one definition with an approval each, as items of a batch. */
async function asked(bed: Testbed, definition: string, ...amounts: number[]) {
  const items = [];
  for (const amount of amounts) {
    const { id: run } = await bed.ok('root', 'workflow.start', { definition, input: { amount } });
    const { id, approval } = await bed.taskOf(run);
    items.push({ id, run, subject: approval?.subject ?? '' });
  }
  return items;
}
const itemsOf = (asks: Awaited<ReturnType<typeof asked>>) => asks.map(({ id, subject }) => ({ id, subject }));

test('BATCH-1: each of a batch is decided or refused on its own, with a reason of its own where it has one', async () => {
  const bed = await open();
  const asks = await asked(bed, await bed.define(sign()), 1, 2, 3);
  const [a, b, c] = itemsOf(asks);
  assert.ok(a && b && c);
  const { results } = await bed.ok('alice', 'task.decide_batch', {
    outcome: 'reject',
    reason: 'all of them',
    items: [a, { ...b, subject: 'f'.repeat(64) }, { ...c, reason: 'this one' }, { ...c, id: 'run_0:x' }],
  });
  assert.deepEqual(
    results.map(({ decided, refusal }) => refusal?.code ?? decided),
    [true, 'approval_stale', true, 'task_unknown'],
  );
  const reasons = [];
  for (const { id } of asks)
    reasons.push((await bed.ok('root', 'task.get', { id })).approval?.decisions[0]?.reason);
  assert.deepEqual(reasons, ['all of them', undefined, 'this one']);
  await bed.close();
});

test('BATCH-2: things of different kinds are not decided on together', async () => {
  const bed = await open();
  const [own, other] = [await bed.define(sign()), await bed.define(sign())];
  const [shaped, alike] = [
    await bed.define(sign({ schema: AMOUNT })),
    await bed.define(sign({ schema: AMOUNT })),
  ];
  const [a, b, c, d] = await Promise.all([own, other, shaped, alike].map((each) => asked(bed, each, 1)));
  assert.ok(a && b && c && d);
  const decide = (...asks: (typeof a)[]) => ({ outcome: 'approve', items: itemsOf(asks.flat()) }) as const;
  assert.equal(await bed.no('alice', 'task.decide_batch', decide(a, b)), 'batch_unlike');
  assert.equal(await bed.no('alice', 'task.decide_batch', decide(a, c)), 'batch_unlike');
  for (const [one] of [a, b, c, d]) assert.equal((await bed.taskOf(one?.run ?? '')).approval?.status, 'open');
  const { results } = await bed.ok('alice', 'task.decide_batch', decide(c, d));
  assert.deepEqual(
    results.map(({ decided }) => decided),
    [true, true],
    'two definitions, one schema',
  );
  await bed.close();
});

test('BATCH-1: under a delegation each is decided that it covers, and names the chain', async () => {
  const bed = await open();
  const asks = await asked(bed, await bed.define(sign()), 100, 5000);
  const small = await letAct(bed, 'alice', 'bob', {
    scope: { operations: ['task.decide'] },
    constraints: [{ fact: 'amount', atMost: 1000 }],
  });
  const batch = { outcome: 'approve', items: itemsOf(asks) } as const;
  const { results } = await bed.ok('bob', 'task.decide_batch', batch, under(small));
  assert.deepEqual(
    results.map(({ decided, refusal }) => refusal?.code ?? decided),
    [true, 'delegation_scope'],
  );
  const event = await lastOf(bed, asks[0]?.run ?? '', 'task.decided');
  assert.deepEqual([event?.actor, event?.onBehalfOf], ['passport_bob', 'passport_alice']);
  assert.deepEqual([event?.authority.kind, event?.authority.id], ['delegation', small]);
  assert.equal(event?.authority.chain?.length, 1);
  const reading = await letAct(bed, 'alice', 'bob', { scope: { operations: ['task.get'] } });
  const refused = await bed.ok('bob', 'task.decide_batch', batch, under(reading));
  assert.ok(refused.results.every(({ decided }) => !decided));
  await bed.close();
});

test('MANY-1: other batches too are looked at one by one under a delegation', async () => {
  const bed = await open();
  const definition = await bed.define({
    id: 'a',
    task: { by: 'human', from: 'role:manager', input: '${ input }' },
  });
  const tasks = [];
  for (const amount of [100, 5000]) {
    const { id } = await bed.ok('root', 'workflow.start', { definition, input: { amount } });
    tasks.push((await bed.taskOf(id)).id);
  }
  const small = await letAct(bed, 'alice', 'bob', { constraints: [{ fact: 'amount', atMost: 1000 }] });
  const { results } = await bed.ok(
    'bob',
    'task.batch',
    { act: 'claim', items: tasks.map((id) => ({ id })) },
    under(small),
  );
  assert.deepEqual(
    results.map(({ ok, refused }) => refused?.code ?? ok),
    [true, 'delegation_scope'],
  );
  await bed.close();
});

test('REPEAT-1: another batch under the same key is refused as a whole; the same one is gone on with', async () => {
  const bed = await open();
  const key = (idempotencyKey: string) => ({ idempotencyKey });
  const [a, b, c] = itemsOf(await asked(bed, await bed.define(sign()), 1, 2, 3));
  assert.ok(a && b && c);
  const decide = (...items: object[]) => ({ outcome: 'approve', items: items as [typeof a] }) as const;
  const first = await bed.ok('alice', 'task.decide_batch', decide(a), key('k'));
  assert.deepEqual(await bed.ok('alice', 'task.decide_batch', decide(a), key('k')), first);
  for (const other of [decide(b), decide(a, c)])
    assert.equal(await bed.no('alice', 'task.decide_batch', other, key('k')), 'idempotency_mismatch');
  assert.equal(
    await bed.no('alice', 'task.decide', { ...b, outcome: 'approve' }, key('k')),
    'idempotency_mismatch',
  );
  for (const { id } of [b, c])
    assert.equal((await bed.ok('root', 'task.get', { id })).approval?.decisions.length, 0);
  const work = await bed.define({ id: 'a', task: { by: 'human', from: 'role:manager' } });
  const ids: { id: string }[] = [];
  for (let at = 0; at < 3; at += 1) {
    const { id } = await bed.ok('root', 'workflow.start', { definition: work });
    ids.push({ id: (await bed.taskOf(id)).id });
  }
  const claim = (...items: object[]) => ({ act: 'claim', items: items as never[] }) as const;
  const unknown = { id: 'run_0:x' };
  const some = await bed.ok('alice', 'task.batch', claim(unknown, ids[0] as object), key('t'));
  assert.deepEqual(
    some.results.map(({ ok }) => ok),
    [false, true],
  );
  assert.equal(
    await bed.no('alice', 'task.batch', claim(ids[1] as object, ids[0] as object), key('t')),
    'idempotency_mismatch',
  );
  assert.equal((await bed.ok('root', 'task.get', { id: ids[1]?.id ?? '' })).assignee, null);
  const again = await bed.ok('alice', 'task.batch', claim(unknown, ids[0] as object), key('t'));
  assert.deepEqual(again, some);
  await bed.close();
});
