/** Policies tried on acts: what they say is what the gates say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

const officer = passport('officer', { roles: ['compliance'] });
const robot = passport('robot', { kind: 'agent', capabilities: ['read'] });

test('a tool is what the profile makes of it, whatever is said of it', async () => {
  const bed = await Testbed.open(officer, robot);
  const said = async (name: string, given?: string) => {
    const facts = { tool: { name, ...(given && { class: given }) }, agent: 'passport_robot' };
    const found = await bed.ok('root', 'policy.effective', { point: 'tool.call', facts });
    return [found.ruling.verdict, (found.facts['tool'] as { class: string }).class];
  };
  const held = ['require_approval', 'consequential'];
  assert.deepEqual([await said('refund'), await said('refund', 'read_only')], [held, held]);
  const facts = { tool: { name: 'refund' }, agent: 'passport_robot' };
  const { differences } = await bed.ok('root', 'policy.simulate', {
    policies: [{ id: 'never', on: 'tool.call', effect: 'deny', when: 'tool.class == "consequential"' }],
    situations: [{ point: 'tool.call', facts }],
  });
  const verdicts = differences.map(({ before, after }) => [before.verdict, after.verdict]);
  assert.deepEqual(verdicts, [['require_approval', 'deny']]);
  const approval = { from: 'role:administrator' };
  await bed.adopt({ profile: { autonomy: 'balanced', approval, tools: { refund: 'read_only' } } });
  assert.deepEqual(await said('refund'), ['allow', 'read_only']);
  assert.deepEqual((await said('refund', 'reversible'))[1], 'reversible');
  await bed.close();
});
