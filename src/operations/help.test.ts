/** Help that is asked of others: of whom, and what a run says that waits for it in vain. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const clerk = (id: string) => passport(id, { roles: ['clerk'] });
const asking = async (task: object = {}) => {
  const bed = await Testbed.open(clerk('ann'), passport('gus'), passport('eve', { roles: ['lead'] }));
  const run = await bed.start({ id: 'a', task: { by: 'human', from: 'role:clerk', ...task } });
  const { id } = await bed.taskOf(run);
  await bed.ok('ann', 'task.start', { id });
  const ask = (from: string) => ({ id, from, text: 'how?' });
  const verdict = async () => (await bed.ok('root', 'workflow.get_run', { id: run })).verdict?.verdict;
  return { bed, id, ask, verdict };
};

test('nobody is asked for help who may not give it (HELP-3)', async () => {
  const { bed, ask } = await asking({ exclude: ['passport_gus'] });
  assert.equal(await bed.no('ann', 'task.request_help', ask('passport_gus')), 'participant_excluded');
  for (const from of ['role:nobody', 'passport_none'])
    assert.equal(await bed.no('ann', 'task.request_help', ask(from)), 'not_eligible');
  await bed.ok('eve', 'participant.set_availability', { id: 'passport_eve', status: 'away' });
  await bed.ok('ann', 'task.request_help', ask('role:lead'));
  await bed.close();
});

test('a system is asked for its part as people and agents are, and gives it', async () => {
  const { bed, id, ask, verdict } = await asking();
  await bed.add(passport('erp', { kind: 'system' }));
  await bed.ok('ann', 'task.request_help', ask('passport_erp'));
  assert.equal(await verdict(), 'awaiting_human');
  await bed.ok('erp', 'task.help', { id, request: 1, output: 'so' });
  await bed.close();
});

test('a run whose task waits for help says so where nobody can give it any more (HELP-1)', async () => {
  for (const [help, expected] of [
    ['all', 'stranded'],
    ['any', 'awaiting_human'],
    ['none', 'awaiting_human'],
  ] as const) {
    const { bed, ask, verdict } = await asking({ help });
    for (const from of ['passport_gus', 'role:lead']) await bed.ok('ann', 'task.request_help', ask(from));
    assert.equal(await verdict(), 'awaiting_human');
    await bed.ok('root', 'participant.update', { id: 'passport_eve', roles: [] });
    assert.equal(await verdict(), expected, help);
    await bed.ok('root', 'participant.revoke', { id: 'passport_gus' });
    assert.equal(await verdict(), help === 'none' ? 'awaiting_human' : 'stranded', help);
    await bed.ok('root', 'participant.update', { id: 'passport_eve', roles: ['lead'] });
    await bed.ok('eve', 'task.help', { id: ask('').id, request: 2, output: 'so' });
    assert.equal(await verdict(), help === 'all' ? 'stranded' : 'awaiting_human', help);
    await bed.close();
  }
});
