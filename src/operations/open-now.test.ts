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
