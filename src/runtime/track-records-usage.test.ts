/** What work has used is what was reported of it in all: as it went on, and with its end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import { memoryStore } from '../store/memory/index.ts';

const AGENTS = ['one', 'two'].map((id) => passport(id, { kind: 'agent', capabilities: ['read'] }));
const JOB = {
  id: 'job',
  limits: { cost: { amount: 100, currency: 'EUR' } },
  phases: [
    {
      id: 'p',
      steps: [{ id: 'a', onFailure: 'skip', task: { requires: ['read'], by: 'agent', assign: 'offer' } }],
    },
  ],
};
const opened = async (store = memoryStore()): Promise<Testbed> => {
  const bed = new Testbed(store);
  await bed.runtime.start();
  await bed.add(passport('root', { roles: ['administrator'] }), ...AGENTS);
  await bed.ok('root', 'workflow.save_definition', { document: JOB });
  return bed;
};
const claimed = async (bed: Testbed, who: string) => {
  const { task } = await bed.ok(who, 'task.claim_next', {});
  assert.ok(task);
  return { id: task.id, token: task.token };
};
/** A task of a new run that somebody has, and has used so much for. */
const begun = async (bed: Testbed, who: string, tokens: number, cost: number) => {
  await bed.ok('root', 'workflow.start', { definition: 'job' });
  const held = await claimed(bed, who);
  await bed.ok(who, 'task.progress', { ...held, usage: { tokens, cost } });
  return held;
};
const usedBy = ({ runtime }: Testbed, who: string) => {
  const record = runtime.history.record(`passport_${who}`, '*');
  return record && { tokens: record.tokens, cost: record.cost?.amount ?? 0 };
};

test('what was reported on the way counts with what is reported at the end, of success and of failure', async () => {
  for (const end of ['task.complete', 'task.fail'] as const) {
    const bed = await opened();
    const held = await begun(bed, 'one', 100, 0.1);
    await bed.ok('one', 'task.progress', { ...held, usage: { tokens: 20, cost: 0.2 } });
    const usage = { tokens: 3, cost: 0.3 };
    if (end === 'task.complete') await bed.ok('one', end, { ...held, output: 1, usage });
    else await bed.ok('one', end, { ...held, code: 'broke', message: 'it broke', usage });
    assert.deepEqual(usedBy(bed, 'one'), { tokens: 123, cost: 0.6 });
    await bed.close();
  }
});

test('each pays for what they have used themselves', async () => {
  const bed = await opened();
  const first = await begun(bed, 'one', 100, 0.1);
  await bed.ok('one', 'task.release', first);
  const held = await claimed(bed, 'two');
  await bed.ok('two', 'task.progress', { ...held, usage: { tokens: 7, cost: 0.7 } });
  await bed.ok('two', 'task.complete', { ...held, output: 1 });
  assert.deepEqual([usedBy(bed, 'one'), usedBy(bed, 'two')], [null, { tokens: 7, cost: 0.7 }]);
  await begun(bed, 'one', 50, 0.5);
  const { rows } = await bed.ok('root', 'task.list', { open: true });
  const { id = '' } = rows[0] ?? {};
  await bed.ok('root', 'task.force_complete', { id, output: 1, reason: 'done by hand' });
  assert.equal(usedBy(bed, 'root'), null);
  await bed.close();
});

test('what was used before a restart counts after it (TRACKED-2)', async () => {
  const store = memoryStore();
  const bed = await opened(store);
  const held = await begun(bed, 'one', 100, 0.1);
  const now = bed.clock.now();
  await bed.close();
  const again = new Testbed(store);
  again.clock.move(now - again.clock.now());
  await again.runtime.start();
  await again.ok('one', 'task.complete', { ...held, output: 1, usage: { tokens: 1, cost: 0 } });
  assert.deepEqual(usedBy(again, 'one'), { tokens: 101, cost: 0.1 });
  await again.close();
});
