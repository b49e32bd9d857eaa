/** Caps that policies set at the start of a run hold for as long as it lives (LAUNCH-1). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import type { JsonObject } from '../definition/index.ts';

const officer = passport('officer', { roles: ['compliance'] });
const robot = passport('robot', { kind: 'agent', capabilities: ['read'] });
const READ = { id: 'a', task: { requires: ['read'], by: 'agent' } };

const paused = async (...policies: readonly JsonObject[]) => {
  const bed = await Testbed.open(officer, robot);
  for (const policy of policies) {
    await bed.adopt({ policy });
  }
  const id = await bed.start(READ);
  await bed.ok('root', 'workflow.pause', { id });
  const limits = async () => (await bed.ok('root', 'workflow.get_run', { id })).limits;
  return { bed, id, limits };
};

const CAP = {
  id: 'small',
  on: 'run.start',
  effect: 'limit',
  tasks: 200,
  cost: { amount: 5, currency: 'EUR' },
};

test('a run goes on with no more than policies let it begin with', async () => {
  const { bed, id, limits } = await paused(CAP);
  assert.equal((await limits()).tasks, 200);
  const outcome = await bed.operations.call(
    'workflow.resume',
    { id, limits: { tasks: 10_000, cost: { amount: 9, currency: 'EUR' } } },
    bed.as('root'),
  );
  assert.ok(!outcome.ok);
  assert.equal(outcome.rejection.code, 'limit_of_policy');
  assert.match(outcome.rejection.message, /small@1.*tasks: 200.*cost: 5 EUR/);
  assert.equal(
    await bed.no('root', 'workflow.resume', { id, limits: { cost: { amount: 4, currency: 'USD' } } }),
    'limit_currency',
  );
  await bed.ok('root', 'workflow.resume', { id, limits: { tasks: 150, concurrency: 20 } });
  assert.deepEqual([(await limits()).tasks, (await limits()).concurrency], [150, 20]);
  await bed.close();
});

test('a run that would not be let begin with such limits does not go on with them', async () => {
  const { bed, id } = await paused({
    id: 'no-giants',
    on: 'run.start',
    effect: 'deny',
    when: 'limits.tasks > 20000 && startedBy.id == "passport_root"',
  });
  await bed.add(passport('second', { roles: ['administrator'] }));
  assert.equal(
    await bed.no('second', 'workflow.resume', { id, limits: { tasks: 30_000 } }),
    'policy_denied',
    'it is asked about whoever started it',
  );
  await bed.ok('second', 'workflow.resume', { id, limits: { tasks: 15_000 } });
  await bed.close();
});

test('limits with which a start would be asked about are not given to a run of which nobody was asked', async () => {
  const { bed, id } = await paused({
    id: 'large',
    on: 'run.start',
    effect: 'require_approval',
    from: 'role:compliance',
    when: 'limits.tasks > 20000',
  });
  const refusal = await bed.operations.call(
    'workflow.resume',
    { id, limits: { tasks: 30_000 } },
    bed.as('root'),
  );
  assert.ok(!refusal.ok && refusal.rejection.code === 'limit_of_policy');
  assert.match(refusal.rejection.message, /role:compliance.*large/);
  await bed.ok('root', 'workflow.resume', { id, limits: { tasks: 15_000 } });
  const asked = await bed.ok('root', 'workflow.start', {
    definition: (await bed.ok('root', 'workflow.get_run', { id })).definition.id,
  });
  assert.equal(asked.status, 'running');
  await bed.close();
});

test('policies that came after the start say nothing about its limits', async () => {
  const { bed, id } = await paused();
  await bed.adopt({ policy: CAP });
  await bed.ok('root', 'workflow.resume', { id, limits: { tasks: 10_000 } });
  await bed.close();
});
