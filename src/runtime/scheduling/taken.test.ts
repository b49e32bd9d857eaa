import assert from 'node:assert/strict';
import { test } from 'node:test';
import { letAct, under } from '../../../test/e2e/delegation-kit.ts';
import { passport, Testbed } from '../../../test/e2e/http-testbed.ts';
import { PRESENT_MS } from '../organisation/index.ts';

/** What was woken comes to its end: nothing of it waits for the clock. */
const settled = async () => {
  for (let at = 0; at < 50; at += 1) await new Promise(setImmediate);
};
const open = () =>
  Testbed.open(
    passport('ann', { roles: ['clerk'] }),
    passport('bob'),
    passport('op', { roles: ['operator'] }),
    passport('boss', { roles: ['boss'] }),
    passport('olaf', { roles: ['lead'] }),
  );
const FOR_CLERKS = { by: 'human', from: 'role:clerk', administrators: ['role:boss'] };
const DOES = ['claim', 'start', 'stop', 'suspend', 'resume'].map((act) => `task.${act}` as 'task.claim');

/** Who takes what is for clerks, and on what. */
const TAKERS = {
  'an operator': { who: 'op', from: null },
  'an administrator of the task': { who: 'boss', from: null },
  'somebody for a clerk': { who: 'bob', from: 'ann' },
  'somebody for an administrator of the task': { who: 'bob', from: 'boss' },
} as const;

interface Taken {
  readonly bed: Testbed;
  readonly run: string;
  readonly task: string;
  readonly who: string;
  readonly delegation: string | null;
}

/** The task is reserved for one of the takers. */
const take = async ({ who, from }: (typeof TAKERS)[keyof typeof TAKERS], bed: Testbed): Promise<Taken> => {
  const delegation = from && (await letAct(bed, from, who, { scope: { operations: DOES } }));
  const run = await bed.start({ id: 'a', task: FOR_CLERKS });
  const { id: task } = await bed.taskOf(run);
  const taken = { bed, run, task, who, delegation };
  await acts(taken, 'task.claim');
  await settled();
  return taken;
};
const acts = async ({ bed, task, who, delegation }: Taken, name: 'task.claim'): Promise<void> => {
  await bed.ok(who, name, { id: task }, delegation === null ? {} : under(delegation));
};
const holderOf = async ({ bed, run }: Taken): Promise<string | null> => {
  await settled();
  const { status, assignee } = await bed.taskOf(run);
  return status === 'reserved' ? assignee : status;
};
const rename = async ({ bed, who }: Taken): Promise<void> => {
  await bed.ok('root', 'participant.update', { id: `passport_${who}`, name: 'Renamed' });
};

/** After each of these, what is reserved is looked at again. */
const TRIGGERS: Record<string, (taken: Taken) => Promise<void>> = {
  'nobody hears of them': async ({ bed }) => bed.clock.move(PRESENT_MS + 1000),
  'their passport changes': rename,
  'the run is paused and goes on': async ({ bed, run }) => {
    await bed.ok('root', 'workflow.pause', { id: run });
    await bed.ok('root', 'workflow.resume', { id: run });
  },
  'the task is put aside and goes on': async (taken) => {
    await acts(taken, 'task.suspend' as 'task.claim');
    await acts(taken, 'task.resume' as 'task.claim');
  },
  'they begin, and stop': async (taken) => {
    await acts(taken, 'task.start' as 'task.claim');
    await acts(taken, 'task.stop' as 'task.claim');
    await rename(taken);
  },
};

for (const [taker, terms] of Object.entries(TAKERS))
  for (const [trigger, pull] of Object.entries(TRIGGERS))
    test(`what ${taker} has taken stays theirs when ${trigger}`, async () => {
      const taken = await take(terms, await open());
      await pull(taken);
      assert.equal(await holderOf(taken), `passport_${taken.who}`);
      await taken.bed.close();
    });

for (const [taker, terms] of Object.entries(TAKERS))
  test(`what ${taker} has taken stays theirs when the server is started again`, async () => {
    const taken = await take(terms, await open());
    const { store, clock } = taken.bed;
    await taken.bed.close();
    const bed = new Testbed(store);
    bed.clock.move(clock.now() - bed.clock.now());
    await bed.runtime.start();
    const again = { ...taken, bed };
    await rename(again);
    assert.equal(await holderOf(again), `passport_${taken.who}`);
    await bed.close();
  });

test('what somebody began as an administrator, and stopped, stays theirs', async () => {
  const bed = await open();
  const run = await bed.start({ id: 'a', task: FOR_CLERKS });
  const { id: task } = await bed.taskOf(run);
  const taken = { bed, run, task, who: 'op', delegation: null };
  await bed.ok('op', 'task.start', { id: task });
  await bed.ok('op', 'task.stop', { id: task });
  await rename(taken);
  assert.equal(await holderOf(taken), 'passport_op');
  await bed.close();
});

test('what bars an administrator as well takes it from them', async () => {
  const taken = await take(TAKERS['an operator'], await open());
  await taken.bed.ok('root', 'participant.suspend', { id: 'passport_op' });
  assert.notEqual(await holderOf(taken), 'passport_op');
  await taken.bed.close();
});

/** What ends it that somebody has a task for a clerk. */
const ENDS: Record<string, (taken: Taken & { readonly delegation: string }) => Promise<unknown>> = {
  'the delegation is revoked': ({ bed, delegation }) =>
    bed.ok('ann', 'delegation.revoke', { id: delegation }),
  'the clerk is one no more': ({ bed }) =>
    bed.ok('root', 'participant.update', { id: 'passport_ann', roles: [] }),
  'the clerk is suspended': ({ bed }) => bed.ok('root', 'participant.suspend', { id: 'passport_ann' }),
};
for (const [what, end] of Object.entries(ENDS))
  test(`what somebody has taken for a clerk goes on to others when ${what}`, async () => {
    const taken = await take(TAKERS['somebody for a clerk'], await open());
    await end({ ...taken, delegation: taken.delegation ?? '' });
    assert.notEqual(await holderOf(taken), 'passport_bob');
    await taken.bed.close();
  });

test('what somebody has taken for a clerk goes on to others when the time of the delegation is over, whoever says so', async () => {
  const bed = await open();
  const delegation = await letAct(bed, 'ann', 'bob', {
    scope: { operations: DOES },
    expiresAt: bed.clock.now() + 10 * PRESENT_MS,
  });
  const run = await bed.start({ id: 'a', task: FOR_CLERKS });
  const taken = { bed, run, task: (await bed.taskOf(run)).id, who: 'bob', delegation };
  await acts(taken, 'task.claim');
  for (let at = 0; at < 9; at += 1) {
    bed.clock.move(PRESENT_MS);
    assert.equal(await holderOf(taken), 'passport_bob');
  }
  bed.clock.move(PRESENT_MS);
  await settled();
  bed.clock.move(PRESENT_MS);
  assert.equal(await holderOf(taken), 'ready');
  await bed.close();
});

test('who might have it as they are keeps it when the delegation under which they took it is revoked', async () => {
  const bed = await open();
  await bed.ok('root', 'participant.update', { id: 'passport_bob', roles: ['clerk'] });
  const taken = await take(TAKERS['somebody for a clerk'], bed);
  await bed.ok('ann', 'delegation.revoke', { id: taken.delegation ?? '' });
  assert.equal(await holderOf(taken), 'passport_bob');
  await bed.close();
});

/** How it comes from an administrator to somebody else. */
const PASSED: Record<string, (taken: Taken) => Promise<unknown>> = {
  'is passed on': ({ bed, task }) => bed.ok('op', 'task.delegate', { id: task, to: 'passport_ann' }),
  'is given back, and taken': async ({ bed, task }) => {
    await bed.ok('op', 'task.release', { id: task });
    await bed.ok('ann', 'task.claim', { id: task });
  },
};
for (const [how, pass] of Object.entries(PASSED))
  test(`what an administrator had taken, and ${how}, is somebody else's as they are`, async () => {
    const taken = await take(TAKERS['an operator'], await open());
    await pass(taken);
    assert.equal(await holderOf(taken), 'passport_ann');
    assert.equal((await taken.bed.store.task(taken.task))?.takenAs, undefined);
    await taken.bed.close();
  });
