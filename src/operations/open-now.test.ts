import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import { claimOf } from '../routing/index.ts';

const ANYBODY = { id: 'a', task: { from: 'role:clerk' } };

/** Carl, a clerk; of a run with work for any clerk, what the run itself and the list of runs say alike. */
async function opened(...steps: readonly object[]) {
  const bed = await Testbed.open(
    passport('carl', { roles: ['clerk'] }),
    passport('bot', { kind: 'agent', capabilities: ['read'] }),
  );
  const id = await bed.start(...steps);
  const verdict = async () => {
    const { verdict } = await bed.ok('root', 'workflow.get_run', { id });
    const { rows } = await bed.ok('root', 'workflow.list_runs', {});
    assert.deepEqual(rows.find((row) => row.id === id)?.verdict, verdict);
    return verdict;
  };
  return { bed, id, verdict };
}

test('work that people alone could take, and work that a person has, waits for a person', async () => {
  const { bed, id, verdict } = await opened(ANYBODY);
  assert.equal((await verdict()).verdict, 'awaiting_human');
  const task = await bed.taskOf(id);
  await bed.ok('carl', 'task.start', { id: task.id });
  assert.equal((await verdict()).verdict, 'awaiting_human');
  await bed.ok('root', 'participant.suspend', { id: 'passport_carl' });
  const { verdict: stranded, reason } = await verdict();
  assert.equal(stranded, 'stranded');
  assert.match(reason, /in place of passport_carl/);
  await bed.close();
});

test('work that an agent could take as well waits for whoever takes it', async () => {
  const { bed, verdict } = await opened(ANYBODY);
  await bed.add(passport('clerk', { kind: 'agent', roles: ['clerk'] }));
  assert.deepEqual(await verdict(), { verdict: 'running', reason: 'Work waits for an agent to take it.' });
  await bed.close();
});

test('a run at which agents are at work, too, is blocked while all work is stopped', async () => {
  const { bed, verdict } = await opened({ id: 'a', task: { requires: ['read'], by: 'agent' } });
  await bed.ok('bot', 'task.claim_next', {});
  assert.deepEqual(await verdict(), { verdict: 'running', reason: 'Agents are at work.' });
  await bed.ok('root', 'organisation.emergency_stop', { reason: 'fire' });
  assert.equal((await verdict()).verdict, 'blocked');
  await bed.close();
});

test('whether people alone could take work depends on what it brings, and not on what stands before it', async () => {
  for (const amounts of [
    [50, 500],
    [500, 50],
  ]) {
    const small = claimOf({ capability: 'refund', constraints: [{ fact: 'amount', atMost: 100 }] });
    const bed = await Testbed.open(
      passport('carl', { capabilities: ['refund'] }),
      passport('bot', { kind: 'agent', claims: [small], capabilities: ['refund'] }),
    );
    const task = { requires: ['refund'], input: { amount: '${ item }' } };
    const id = await bed.start({ id: 'a', task, forEach: `\${ ${JSON.stringify(amounts)} }` });
    const { verdict } = await bed.ok('root', 'workflow.get_run', { id });
    assert.deepEqual(verdict, { verdict: 'running', reason: 'Work waits for an agent to take it.' });
    await bed.close();
  }
});

const WORK = { id: 'a', task: { requires: ['read'], by: 'agent' } };
const ASIDE = { verdict: 'awaiting_human', reason: 'Work is put aside until somebody resumes it.' };
const LATER = { verdict: 'running', reason: 'The run waits for a time, a signal or a child run.' };

test('nobody works on what is put aside: it waits for whoever resumes it, or for its time', async () => {
  const { bed, id, verdict } = await opened(WORK);
  const task = await bed.taskOf(id);
  await bed.ok('root', 'task.suspend', { id: task.id });
  assert.deepEqual(await verdict(), ASIDE, 'before anybody has it');
  await bed.ok('root', 'task.resume', { id: task.id });
  const { task: held } = await bed.ok('bot', 'task.claim_next', {});
  assert.ok(held);
  assert.deepEqual(await verdict(), { verdict: 'running', reason: 'Agents are at work.' });
  await bed.ok('bot', 'task.suspend', { id: task.id, token: held.token });
  assert.deepEqual(await verdict(), ASIDE);
  await bed.ok('root', 'task.resume', { id: task.id });
  assert.equal((await verdict()).reason, 'Agents are at work.');
  await bed.ok('root', 'task.suspend', { id: task.id, until: bed.clock.now() + 60_000 });
  assert.deepEqual(await verdict(), LATER);
  await bed.close();
});

test('an approval that is put aside waits for whoever resumes it', async () => {
  const { bed, id, verdict } = await opened({ id: 'a', approval: { subject: 1, from: 'role:clerk' } });
  await bed.ok('root', 'task.suspend', { id: (await bed.taskOf(id)).id });
  assert.deepEqual(await verdict(), ASIDE);
  await bed.close();
});

test('what is not given out yet waits for whoever activates it, or for its time', async () => {
  const manual = await opened({ id: 'a', task: { ...WORK.task, activate: 'manual' } });
  const reason = 'Work waits for an administrator to activate it.';
  assert.deepEqual(await manual.verdict(), { verdict: 'awaiting_human', reason });
  await manual.bed.close();
  const timed = await opened({ id: 'a', task: { ...WORK.task, activateAt: '2100-01-01T00:00:00Z' } });
  assert.deepEqual(await timed.verdict(), LATER);
  await timed.bed.close();
});

test('nobody is at work on what is only reserved', async () => {
  const { bed, id, verdict } = await opened(WORK);
  await bed.ok('root', 'task.delegate', { id: (await bed.taskOf(id)).id, to: 'passport_bot' });
  const reason = 'Work waits for whoever it is reserved for.';
  assert.deepEqual(await verdict(), { verdict: 'running', reason });
  await bed.close();
});

test('records are work of systems of record', async () => {
  const { bed, verdict } = await opened({
    id: 'a',
    record: { system: 'bank', operation: 'pay', input: { amount: 1 }, verify: true },
  });
  await bed.add(passport('bank', { kind: 'system' }));
  assert.equal((await verdict()).reason, 'Work waits for a system of record to take it.');
  await bed.ok('bank', 'task.claim_next', {});
  assert.equal((await verdict()).reason, 'Systems of record are at work.');
  await bed.close();
});

test('what is only announced is no work that the run waits for', async () => {
  const early = { id: 'b', task: { from: 'role:clerk', assign: { when: 'early' } } };
  const { bed, verdict } = await opened(WORK, early);
  assert.deepEqual(await verdict(), { verdict: 'running', reason: 'Work waits for an agent to take it.' });
  await bed.close();
});

test('beside what waits for a time the run is as its children are', async () => {
  const bed = await Testbed.open();
  await bed.add(passport('bot', { kind: 'agent', capabilities: ['read'] }));
  const kid = await bed.define({ id: 'a', approval: { subject: 1, from: 'role:administrator' } });
  const later = { id: 'b', task: { ...WORK.task, activateAt: '2100-01-01T00:00:00Z' } };
  const steps = [{ id: 'a', workflow: { definition: kid } }, later];
  await bed.ok('root', 'workflow.save_definition', {
    document: { id: 'both', name: 'Both', phases: [{ id: 'p', steps }] },
  });
  const { id } = await bed.ok('root', 'workflow.start', { definition: 'both' });
  const verdict = async () => (await bed.ok('root', 'workflow.get_run', { id })).verdict;
  await bed.until(async () => (await verdict()).verdict === 'awaiting_approval');
  await bed.close();
});
