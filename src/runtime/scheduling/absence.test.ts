import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../../test/e2e/http-testbed.ts';
import { Absence } from './absence.ts';

const agent = (id: string) => passport(id, { kind: 'agent', capabilities: ['read'] });
const READING = { id: 'a', task: { requires: ['read'], by: 'agent', assign: 'round_robin' } };

/** What was woken comes to its end: nothing of it waits for the clock. */
const settled = async () => {
  for (let at = 0; at < 50; at += 1) await new Promise(setImmediate);
};
const pass = async (bed: Testbed, minutes: number, heard: string): Promise<void> => {
  for (let at = 0; at < minutes; at += 1) {
    await bed.ok(heard, 'participant.heartbeat', {});
    bed.clock.move(60_000);
    await settled();
  }
};
/** Something is reserved for one of two agents, and nobody has heard of either. */
const reserved = async () => {
  const bed = await Testbed.open(agent('one'), agent('two'));
  const run = await bed.start(READING);
  const { assignee, token } = await bed.taskOf(run);
  return { bed, run, assignee: assignee ?? '', token, other: assignee === 'passport_one' ? 'two' : 'one' };
};

test('people are not waited for: what is reserved for one stays theirs, however long nobody hears of them', async () => {
  const bed = await Testbed.open(...['ann', 'bo'].map((id) => passport(id, { roles: ['clerk'] })));
  const run = await bed.start({
    id: 'a',
    task: { by: 'human', from: 'role:clerk', assign: 'round_robin' },
  });
  const { assignee, token } = await bed.taskOf(run);
  assert.equal(assignee, 'passport_ann');
  await pass(bed, 10, 'bo');
  await bed.ok('root', 'participant.update', { id: 'passport_ann', name: 'Ann' });
  await settled();
  assert.equal((await bed.taskOf(run)).token, token);
  await bed.close();
});

test('who has never been heard of has as long to come as anybody, whatever else is looked at meanwhile (ABSENT-2)', async () => {
  const { bed, run, assignee, token, other } = await reserved();
  await pass(bed, 1, other);
  await bed.ok('root', 'participant.update', { id: assignee, name: 'Late' });
  await settled();
  assert.equal((await bed.taskOf(run)).token, token);
  await pass(bed, 1, other);
  assert.equal((await bed.taskOf(run)).assignee, `passport_${other}`);
  await bed.close();
});

test('what lies with somebody else by now is not taken from them for whoever it was reserved for', async () => {
  const absence = new Absence({
    clock: { now: () => 0 } as never,
    store: { task: async () => ({ status: 'reserved', assignee: 'new', requires: [] }) } as never,
    organisation: { passport: () => ({ kind: 'human' }) } as never,
    router: () => ({ eligible: () => [], objection: () => ({ reason: 'status', message: 'is suspended' }) }),
  });
  const known = { task: 't', run: 'r', token: 1, routed: 0, place: 0, requires: [], isLent: false, since: 0 };
  assert.equal(await absence.whyNot({ ...known, assignee: 'old' }), null);
  assert.equal((await absence.whyNot({ ...known, assignee: 'new' }))?.reason, 'is suspended');
});
