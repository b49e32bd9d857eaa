/** Policies tried on acts: what they say is what the gates say. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import type { JsonObject } from '../definition/index.ts';

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

const approval = { from: 'role:administrator' };
const profile = (tools: JsonObject) => ({ autonomy: 'balanced', approval, peopleLaunch: true, tools });

test('a call is tried under the tools of the profile that is tried', async () => {
  const bed = await Testbed.open(officer, robot);
  const situations = [{ class: 'read_only' }, { class: 'consequential' }].map((claim) => ({
    point: 'tool.call' as const,
    facts: { agent: 'passport_robot', tool: { name: 'look', ...claim } },
  }));
  const changes = async (tools: JsonObject, on: object) => {
    const found = await bed.ok('root', 'policy.simulate', { profile: profile(tools), ...on });
    return found.differences.map(({ at, before, after }) => [at, before.verdict, after.verdict]);
  };
  assert.deepEqual(
    await changes({ look: 'read_only' }, { situations }),
    [[0, 'require_approval', 'allow']],
    'who takes it for more than the profile does is believed',
  );
  await bed.adopt({ profile: profile({ look: 'read_only' }) });
  const stricter = [0, 'allow', 'require_approval'];
  assert.deepEqual(await changes({}, { situations }), [stricter]);
  await bed.start({ id: 'a', task: { requires: ['read'], by: 'agent' } });
  const { task } = await bed.ok('robot', 'task.claim_next', {});
  const { id = '', token = 0, run = '' } = task ?? {};
  await bed.ok('robot', 'tool.request', { id, token, call: '1', tool: 'look', arguments: {} });
  const onHistory = await changes({}, { runs: [run] });
  assert.deepEqual(
    onHistory.map(([, ...verdicts]) => verdicts),
    [stricter.slice(1)],
  );
  await bed.close();
});

test('a write is asked about once more when it begins, in history as in the core', async () => {
  const erp = passport('erp', { kind: 'system', name: 'erp', capacity: 2 });
  const bed = await Testbed.open(officer, robot, erp);
  const post = { id: 'post', record: { system: 'erp', operation: 'post', input: { amount: 1 } } };
  const beside = { id: 'read', task: { requires: ['read'], by: 'agent' } };
  const document = { id: 'both', name: 'Both', phases: [{ id: 'a', steps: [post, beside] }] };
  await bed.ok('root', 'workflow.save_definition', { document });
  const spend = async () => {
    const { id } = await bed.ok('root', 'workflow.start', { definition: 'both' });
    const { task } = await bed.ok('robot', 'task.claim_next', {});
    const held = { id: task?.id ?? '', token: task?.token ?? 0 };
    await bed.ok('robot', 'task.complete', { ...held, output: 1, usage: { tokens: 0, cost: 2 } });
    return id;
  };
  const run = await spend();
  await bed.ok('erp', 'task.claim_next', {});
  const dear = { id: 'dear', on: 'record.write', effect: 'deny', when: 'run.cost > 1 && input.amount == 1' };
  const { differences } = await bed.ok('root', 'policy.simulate', { runs: [run], policies: [dear] });
  assert.deepEqual(
    differences.map(({ point, after }) => [point, after.verdict]),
    [['record.write', 'deny']],
  );
  await bed.adopt({ policy: dear });
  await spend();
  assert.equal((await bed.ok('erp', 'task.claim_next', {})).task, null);
  await bed.close();
});

describe('facts that are no such facts are refused, and where', () => {
  const wrong: readonly (readonly [JsonObject, RegExp])[] = [
    [{ definiton: { id: 'refunds' } }, /'definiton' is not allowed here/],
    [{ definition: 'refunds' }, /definition: It must be an object/],
    [{ definition: { ID: 'refunds' } }, /definition: 'ID' is not allowed here/],
    [{ definition: { id: 'refunds', safety: 'danger' } }, /definition\.safety: It must be one of/],
    [{ startedBy: { kind: 'Agent' } }, /startedBy\.kind: It must be one of/],
    [{ startedBy: { roles: 'boss' } }, /startedBy\.roles: It must be a list/],
    [{ limits: { cost: 5 } }, /limits\.cost: It must be/],
    [{ priority: 'high' }, /priority: It must be a number/],
    [{ now: 'yesterday' }, /now: It is not a valid date-time/],
  ];
  for (const [facts, message] of wrong)
    test(JSON.stringify(facts), async () => {
      const bed = await Testbed.open();
      const asked = { point: 'run.start' as const, facts };
      for (const call of [
        () => bed.operations.call('policy.effective', asked, bed.as('root')),
        () => bed.operations.call('policy.simulate', { situations: [asked] }, bed.as('root')),
      ]) {
        const found = await call();
        assert.ok(!found.ok && found.rejection.code === 'request_invalid');
        assert.match(found.rejection.message, message);
      }
      await bed.close();
    });

  test('what is left out is as plain as can be, and participants may be named by their ids', async () => {
    const bed = await Testbed.open(officer);
    const facts = { startedBy: 'passport_officer', limits: { tokens: 5, cost: { amount: 2 } }, parent: {} };
    const found = await bed.ok('root', 'policy.effective', { point: 'run.start', facts });
    const { startedBy, limits, parent, input, now } = found.facts as Record<string, JsonObject>;
    assert.deepEqual(startedBy?.['roles'], ['compliance']);
    assert.deepEqual([limits?.['tokens'], limits?.['cost']], [5, { amount: 2, currency: '' }]);
    assert.deepEqual([parent, input], [{ run: '', safety: 'read_only' }, null]);
    assert.match(now as unknown as string, /^\d{4}-.*Z$/);
    await bed.close();
  });
});

test('what could not be adopted is not tried', async () => {
  const bed = await Testbed.open();
  const deny = { id: 'a', on: 'run.start', effect: 'deny', when: 'true' };
  for (const tried of [
    { policies: [{ ...deny, on: 'never' }] },
    { policies: [deny, deny] },
    { profile: { autonomy: 'reckless' } },
  ])
    assert.equal(await bed.no('root', 'policy.simulate', tried), 'policy_invalid', JSON.stringify(tried));
  await bed.close();
});
