/** What policies say about whoever lets somebody act. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { letAct, under } from '../../test/e2e/delegation-kit.ts';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

for (const [on, who] of [
  ['task.start', 'participant'],
  ['task.assign', 'candidate'],
] as const)
  test(`what ${on} denies the grantor is not begun for them`, async () => {
    const bed = await Testbed.open(
      passport('officer', { roles: ['compliance'] }),
      passport('carol', { roles: ['clerk'] }),
      passport('alice', { roles: ['clerk'] }),
      passport('bob'),
    );
    await bed.adopt({ policy: { id: 'no', on, effect: 'deny', when: `${who}.id == "passport_carol"` } });
    const run = await bed.start({ id: 'a', task: { by: 'human', from: ['passport_carol', 'role:clerk'] } });
    const { id } = await bed.taskOf(run);
    const carols = under(await letAct(bed, 'carol', 'bob'));
    assert.equal((await bed.ok('bob', 'task.get', { id }, carols)).asked.actions.includes('start'), false);
    assert.equal(await bed.no('bob', 'task.claim', { id }, carols), 'policy_denied');
    assert.equal(await bed.no('bob', 'task.start', { id }, carols), 'policy_denied');
    const alices = under(await letAct(bed, 'alice', 'bob'));
    await bed.ok('bob', 'task.start', { id }, alices);
    await bed.ok('bob', 'task.complete', { id }, alices);
    await bed.close();
  });
