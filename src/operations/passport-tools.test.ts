/** Which tools somebody has: by name, or by the beginning of the name. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { letAct, under } from '../../test/e2e/delegation-kit.ts';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

async function open() {
  const robot = passport('robot', { kind: 'agent', capabilities: ['read'] });
  const helper = passport('helper', { capabilities: ['read'] });
  const bed = await Testbed.open(passport('officer', { roles: ['compliance'] }), helper, robot);
  await bed.adopt({ profile: { autonomy: 'aggressive', approval: { from: 'role:administrator' } } });
  await bed.start({ id: 'a', task: { requires: ['read'], by: 'agent' } });
  const { task } = await bed.ok('robot', 'task.claim_next', { leaseSeconds: 3600 });
  const held = { id: task?.id ?? '', token: task?.token ?? 0 };
  const has = (who: string, ...tools: string[]) =>
    bed.ok('root', 'participant.update', { id: `passport_${who}`, tools });
  return { bed, held, has };
}

test('a passport names tools as definitions, profiles and grants do', async () => {
  const { bed, held, has } = await open();
  await has('robot', 'shop/*', 'look');
  const codes = [];
  for (const [call, tool] of ['shop/a', 'look', 'shop', 'look_up', 'bank/a'].entries()) {
    const asked = await bed.operations.call(
      'tool.request',
      { ...held, call: `${call}`, tool },
      bed.as('robot'),
    );
    codes.push(asked.ok ? asked.value.status : asked.rejection.code);
  }
  assert.deepEqual(codes, ['granted', 'granted', 'tool_not_allowed', 'tool_not_allowed', 'tool_not_allowed']);
  await bed.close();
});

test('under a delegation only those are had that both have', async () => {
  const { bed, held, has } = await open();
  const asked = under(await letAct(bed, 'helper', 'robot'));
  for (const [own, theirs] of [
    ['shop/*', 'shop/a*'],
    ['shop/a*', 'shop/*'],
  ] as const) {
    await has('robot', own, 'look');
    await has('helper', theirs, 'pay');
    const request = (tool: string) => ({ ...held, call: `${own} ${tool}`, tool });
    assert.equal((await bed.ok('robot', 'tool.request', request('shop/ab'), asked)).status, 'granted');
    for (const tool of ['shop/b', 'look', 'pay'])
      assert.equal(await bed.no('robot', 'tool.request', request(tool), asked), 'tool_not_allowed');
  }
  await bed.close();
});

test('whoever is searched for by tools is found by the beginning of their names', async () => {
  const { bed, has } = await open();
  await has('robot', 'shop/*');
  const search = { requires: ['read'], by: 'agent' as const };
  const found = async (tool: string) =>
    (await bed.ok('root', 'routing.explain', { ...search, tools: [tool] })).explanation.choice.kind;
  assert.deepEqual([await found('shop/a'), await found('bank/a')], ['waiting', 'nobody']);
  await bed.close();
});
