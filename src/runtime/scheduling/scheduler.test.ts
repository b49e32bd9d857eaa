import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimOf } from '../../routing/index.ts';
import { passport, Testbed } from '../../../test/e2e/http-testbed.ts';

const upTo = (most: number) =>
  claimOf({ capability: 'pay', constraints: [{ fact: 'invoice.amount', atMost: most }] });
const agent = (id: string, changes = {}) =>
  passport(id, { kind: 'agent', capabilities: ['pay'], ...changes });
const bounded = (id: string, most: number) => agent(id, { claims: [upTo(most)] });

/** One run that pays so much each, all at once. */
const pay = (bed: Testbed, amounts: readonly number[], assign?: string) =>
  bed.start({
    id: 'a',
    forEach: `\${ [${amounts.join(', ')}] }`,
    task: {
      requires: ['pay'],
      by: 'agent',
      input: { invoice: { amount: '${ item }' }, text: 'x' },
      ...(assign && { assign }),
    },
  });
const claim = async (bed: Testbed, who: string) => (await bed.ok(who, 'task.claim_next', {})).task;
const amountOf = ({ input }: { readonly input: unknown }) =>
  (input as { readonly invoice: { readonly amount: number } }).invoice.amount;

/** The amounts that somebody is given, one after the other, until there is nothing for them. */
const paidBy = async (bed: Testbed, who: string): Promise<number[]> => {
  const paid: number[] = [];
  for (let task = await claim(bed, who); task; task = await claim(bed, who)) {
    paid.push(amountOf(task));
    await bed.ok(who, 'task.complete', { id: task.id, token: task.token, output: 1 });
  }
  return paid;
};

const withTokens = async (bed: Testbed, who: string, ...labels: readonly string[]) =>
  Promise.all(
    labels.map(async (label) => {
      const given = await bed.ok('root', 'token.issue', { passport: `passport_${who}`, label });
      const caller = await bed.operations.authenticate(given.secret ?? '');
      assert.ok(caller);
      return { id: given.token.id, caller };
    }),
  );

/** Before the next command is decided on. */
const beforeNext = ({ runtime: { runs } }: Testbed, act: () => Promise<unknown>): void => {
  const execute = runs.execute.bind(runs);
  runs.execute = async (...command) => {
    runs.execute = execute;
    await act();
    return execute(...command);
  };
};

test('whoever has a claim with bounds is given what is within them, and what is not waits for somebody else (READY-1)', async () => {
  const bed = await Testbed.open(bounded('small', 500), bounded('tiny', 40), agent('big'));
  const run = await pay(bed, [600, 50, 700, 30, 500]);
  assert.equal((await claim(bed, 'tiny')) && 30, 30);
  assert.deepEqual(await paidBy(bed, 'small'), [50, 500]);
  const { rows } = await bed.ok('root', 'task.list', { run, status: ['ready'] });
  const [large] = rows;
  assert.equal(rows.length, 2);
  assert.equal(await bed.no('small', 'task.claim', { id: large?.id ?? '' }), 'not_eligible');
  assert.deepEqual(await paidBy(bed, 'big'), [600, 700]);
  await bed.close();
});

test('of a task it is read once what bounds are about, and only where somebody comes whose claims have them', async () => {
  const bed = await Testbed.open(bounded('small', 500), agent('big'));
  let read: string[] = [];
  const tasksNamed = bed.store.tasksNamed.bind(bed.store);
  bed.store.tasksNamed = (ids) => {
    read.push(...ids);
    return tasksNamed(ids);
  };
  const amounts = Array.from({ length: 30 }, () => 600);
  for (let runs = 0; runs < 5; runs++) await pay(bed, amounts);
  assert.equal(amountOf((await claim(bed, 'big')) as never), 600);
  assert.deepEqual(read, []);
  assert.equal(await claim(bed, 'small'), null);
  assert.equal(new Set(read).size, 149);
  assert.equal(read.length, 149);
  read = [];
  assert.equal(await claim(bed, 'small'), null);
  assert.deepEqual(read, []);
  await bed.ok('root', 'claim.grant', {
    participant: 'passport_small',
    capability: 'pay',
    constraints: [{ fact: 'invoice.amount', atMost: 600 }],
  });
  assert.equal(amountOf((await claim(bed, 'small')) as never), 600, 'bounds may become wider');
  assert.deepEqual(read, []);
  await bed.close();
});

test('what is held back is given to whoever has a claim with bounds, behind what is beyond them (REROUTE-1)', async () => {
  const bed = await Testbed.open(bounded('small', 500));
  const run = await pay(bed, [600, 50, 60], 'round_robin');
  assert.deepEqual(await paidBy(bed, 'small'), [50]);
  const reserved = async () =>
    (await bed.ok('root', 'task.list', { run, status: ['reserved'] })).rows.map(amountOf);
  await bed.until(async () => (await reserved()).length > 0);
  assert.deepEqual(await reserved(), [60]);
  assert.deepEqual(await paidBy(bed, 'small'), [60]);
  await bed.close();
});

test('what somebody declines is no longer for them, and is left to others', async () => {
  const bed = await Testbed.open(agent('one'), agent('two'));
  const run = await pay(bed, [1]);
  const { id } = await bed.taskOf(run);
  await bed.ok('one', 'task.decline', { id });
  assert.equal(await claim(bed, 'one'), null);
  assert.deepEqual(await paidBy(bed, 'two'), [1]);
  await bed.close();
});

test('a claim whose token is revoked meanwhile leaves all tasks where they were', async () => {
  const bed = await Testbed.open(agent('one'), agent('two'));
  await pay(bed, [1, 2, 3]);
  const [token] = await withTokens(bed, 'one', 'a');
  assert.ok(token);
  beforeNext(bed, () => bed.ok('root', 'token.revoke', { id: token.id }));
  const refused = await bed.operations.call('task.claim_next', {}, token.caller);
  assert.equal(!refused.ok && refused.rejection.code, 'token_invalid');
  assert.deepEqual(await paidBy(bed, 'two'), [1, 2, 3]);
  await bed.close();
});

test('a claim of somebody who is suspended meanwhile leaves all tasks where they were', async () => {
  const bed = await Testbed.open(agent('one'), agent('two'));
  await pay(bed, [1, 2, 3]);
  const suspend = { id: 'passport_one', status: 'suspended' } as const;
  beforeNext(bed, () => bed.ok('root', 'participant.update', suspend));
  assert.equal(await bed.no('one', 'task.claim_next', {}), 'token_invalid');
  assert.deepEqual(await paidBy(bed, 'two'), [1, 2, 3]);
  await bed.close();
});

test('what is reserved for somebody stays so when one of their tokens is revoked while it claims', async () => {
  const bed = await Testbed.open(agent('one'));
  await pay(bed, [1], 'round_robin');
  const [token, other] = await withTokens(bed, 'one', 'a', 'b');
  assert.ok(token && other);
  beforeNext(bed, () => bed.ok('root', 'token.revoke', { id: token.id }));
  const refused = await bed.operations.call('task.claim_next', {}, token.caller);
  assert.equal(!refused.ok && refused.rejection.code, 'token_invalid');
  const given = await bed.operations.call('task.claim_next', {}, other.caller);
  assert.equal(given.ok && given.value.task?.status, 'in_progress');
  await bed.close();
});

test('a claim ends, however long it takes to be kept from everything by a policy', async () => {
  const bed = await Testbed.open(agent('one'), agent('two'), passport('officer', { roles: ['compliance'] }));
  await bed.adopt({
    policy: {
      id: 'not-one',
      on: 'task.start',
      effect: 'deny',
      when: 'participant.id == "passport_one"',
    },
  });
  await pay(bed, [1, 2, 3]);
  const { runs } = bed.runtime;
  const execute = runs.execute.bind(runs);
  let commands = 0;
  runs.execute = (...command) => {
    bed.clock.move(400);
    if ((commands += 1) > 30) throw new Error('it goes on and on');
    return execute(...command);
  };
  assert.equal(await claim(bed, 'one'), null);
  runs.execute = execute;
  assert.deepEqual(await paidBy(bed, 'two'), [1, 2, 3]);
  await bed.close();
});

test('tasks of a paused run wait for nobody, whether somebody has asked for them, and the server was started again, or not', async () => {
  const bed = await Testbed.open(agent('one'));
  const run = await pay(bed, [1, 2]);
  const other = await pay(bed, [3]);
  const backlog = async (one = bed) => (await one.ok('root', 'health.get', {})).backlog;
  assert.equal(await backlog(), 3);
  await bed.ok('root', 'workflow.pause', { id: run });
  assert.equal(await backlog(), 1);
  assert.deepEqual(await paidBy(bed, 'one'), [3]);
  assert.equal(await backlog(), 0);
  await bed.ok('root', 'workflow.resume', { id: run });
  assert.equal(await backlog(), 2);
  await bed.ok('root', 'workflow.pause', { id: run });
  assert.equal((await bed.ok('root', 'workflow.get_run', { id: other })).status, 'completed');
  await bed.runtime.stop();
  const again = new Testbed(bed.store);
  await again.runtime.start();
  assert.equal(await backlog(again), 0);
  await again.ok('root', 'workflow.resume', { id: run });
  assert.equal(await backlog(again), 2);
  await again.ok('root', 'workflow.pause', { id: run });
  await again.ok('root', 'workflow.cancel', { id: run });
  assert.equal(await backlog(again), 0);
  await again.close();
});

test('tasks of a run that is paused meanwhile are out of line until it goes on', async () => {
  const bed = await Testbed.open(agent('one'), agent('two'));
  const run = await pay(bed, [1, 2, 3]);
  beforeNext(bed, () => bed.ok('root', 'workflow.pause', { id: run }));
  assert.equal(await claim(bed, 'one'), null);
  await bed.ok('root', 'workflow.resume', { id: run });
  await bed.until(() => bed.runtime.scheduler.backlog === 3);
  assert.deepEqual(await paidBy(bed, 'two'), [1, 2, 3]);
  await bed.close();
});
