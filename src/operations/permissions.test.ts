import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asGranted, grantOf, permissionsOf } from './permissions.ts';
import { CATALOGUE, type OperationName } from './schema/index.ts';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

/** Who may ask for what. A dot is a refusal; the columns are those of `WHO`. */
const WHO = [
  passport('administrator', { roles: ['administrator'] }),
  passport('operator', { roles: ['operator'] }),
  passport('auditor', { roles: ['auditor'] }),
  passport('person'),
  passport('agent', { kind: 'agent' }),
  passport('system', { kind: 'system' }),
  passport('climber', { kind: 'agent', roles: ['administrator'] }),
];
const TABLE = `
  workflow.list_definitions   x x x x . . .
  workflow.get_definition     x x x x . . .
  workflow.save_definition    x x . . . . .
  workflow.check_definition   x x x x x x x
  workflow.plan               x x . . . . .
  plan.list                   x x x x . . .
  plan.get                    x x x x . . .
  plan.edit                   x x . . . . .
  plan.start                  x x . . . . .
  plan.save                   x x . . . . .
  workflow.start              x x . . . . .
  workflow.list_runs          x x x x . . .
  workflow.get_run            x x x x . . .
  workflow.approve            x x x x . . .
  workflow.reject             x x x x . . .
  workflow.pause              x x . . . . .
  workflow.stop               x x . . . . .
  workflow.resume             x x . . . . .
  workflow.cancel             x x . . . . .
  workflow.rollback           x x . . . . .
  workflow.signal             x x . . . . .
  run.events                  x x x x . . .
  event.list                  x x x x . . .
  task.list                   x x x x x x x
  task.get                    x x x x x x x
  task.claim_next             x x x x x x x
  task.claim                  x x x x x x x
  task.start                  x x x x x x x
  task.heartbeat              x x x x x x x
  task.progress               x x x x x x x
  task.complete               x x x x x x x
  task.fail                   x x x x x x x
  task.release                x x x x x x x
  task.decline                x x x x x x x
  task.skip                   x x x x x x x
  task.activate               x x x x x x x
  task.nominate               x x x x x x x
  task.stop                   x x x x x x x
  task.suspend                x x x x x x x
  task.resume                 x x x x x x x
  task.delegate               x x x x x x x
  task.forward                x x x x x x x
  task.exit                   x x x x x x x
  task.comment                x x x x x x x
  task.attach                 x x x x x x x
  task.detach                 x x x x x x x
  task.draft                  x x x x x x x
  task.set                    x x x x x x x
  task.request_help           x x x x x x x
  task.help                   x x x x x x x
  task.predo                  x x x x x x x
  task.redo                   x x x x x x x
  task.force_complete         x x x x x x x
  task.force_fail             x x x x x x x
  task.restart                x x x x x x x
  task.batch                  x x x x x x x
  task.visibility             x x x x . . .
  task.set_visibility         x . . . . . .
  task.decide                 x x x x . . .
  task.decide_batch           x x x x . . .
  participant.register        x . . . . . .
  participant.list            x x x x . . .
  participant.get             x x x x . . .
  participant.update          x . . . . . .
  participant.suspend         x . . . . . .
  participant.unsuspend       x . . . . . .
  participant.revoke          x . . . . . .
  participant.set_availability x x x x x x x
  participant.heartbeat       x x x x x x x
  participant.me              x x x x x x x
  participant.register_key    x x x x x x x
  participant.generate_key    x x x x x x x
  participant.challenge       x x x x x x x
  participant.prove           x x x x x x x
  claim.declare               x x x x x x x
  claim.grant                 x . . . . . .
  claim.verify                x . . . . . .
  claim.revoke                x x x x x x x
  token.issue                 x . . . . . .
  token.list                  x . . . . . .
  token.revoke                x . . . . . .
  capability.list             x x x x . . .
  capability.get              x x x x . . .
  capability.save             x x . . . . .
  capability.check            x x x x x x x
  capability.delete           x x . . . . .
  delegation.create           x x x x x x x
  delegation.list             x x x x x x x
  delegation.get              x x x x x x x
  delegation.narrow           x x x x x x x
  delegation.approve          x x x x x x x
  delegation.reject           x x x x x x x
  delegation.pause            x x x x x x x
  delegation.unpause          x x x x x x x
  delegation.revoke           x x x x x x x
  webhook.create              x x . . . . .
  webhook.list                x x . . . . .
  webhook.get                 x x . . . . .
  webhook.update              x x . . . . .
  webhook.delete              x x . . . . .
  webhook.rotate_secret       x x . . . . .
  webhook.test                x x . . . . .
  channel.list                x x . . . . .
  channel.deliveries          x x . . . . .
  channel.redeliver           x x . . . . .
  contact.get                 x x x x x x x
  contact.set                 x x x x x x x
  ledger.entries              x . x . . . .
  ledger.checkpoint           x . x . . . .
  ledger.inclusion            x . x . . . .
  ledger.consistency          x . x . . . .
  ledger.export               x . x . . . .
  artifact.get                x x x x x x x
  artifact.put                x x x x x x x
  routing.explain             x x x x . . .
  policy.list                 x x x x . . .
  policy.get                  x x x x . . .
  policy.history              x x x x . . .
  policy.propose              x . . . . . .
  policy.approve              x x x x . . .
  policy.reject               x x x x . . .
  policy.withdraw             x . . . . . .
  policy.effective            x x x x . . .
  policy.simulate             x . . . . . .
  grant.propose               x . . . . . .
  grant.list                  x x x x . . .
  grant.revoke                x . . . . . .
  organisation.get_calendar   x x x x . . .
  organisation.set_calendar   x . . . . . .
  organisation.get_emergency_stop x x x x x x x
  organisation.emergency_stop x x . . . . .
  organisation.lift_emergency_stop x x . . . . .
  tool.request                x x x x x x x
  tool.get                    x x x x x x x
  tool.use                    x x x x x x x
  tool.done                   x x x x x x x
  tool.failed                 x x x x x x x
  health.get                  x x x x x x x
`;
const rows = TABLE.trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/))
  .map(([name, ...marks]) => [name as OperationName, marks.map((mark) => mark === 'x')] as const);

test('the table names every operation', () => {
  assert.deepEqual(
    rows.map(([name]) => name),
    Object.keys(CATALOGUE),
  );
});

test('each kind and role may what the table says, and nothing else', () => {
  for (const [name, allowed] of rows)
    assert.deepEqual(
      WHO.map((who) => grantOf(who, CATALOGUE[name].permission) !== null),
      allowed,
      name,
    );
});

test('what is not allowed is refused before its input is looked at', async () => {
  const bed = await Testbed.open(...WHO);
  for (const [name, allowed] of rows)
    for (const [at, who] of WHO.entries()) {
      const outcome = await bed.operations.call(name, { nonsense: true }, who);
      assert.ok(!outcome.ok);
      assert.equal(
        outcome.rejection.code,
        allowed[at] ? 'request_invalid' : 'forbidden',
        `${name} by ${who.name}`,
      );
    }
  await bed.close();
});

test('a steward says what others can do, and an agent never is one', () => {
  const steward = passport('steward', { roles: ['steward'] });
  const more = permissionsOf(steward).filter(
    (permission) => !permissionsOf(passport('person')).includes(permission),
  );
  assert.deepEqual(more, ['claims.write', 'capabilities.write']);
  assert.equal(grantOf(passport('a', { kind: 'agent', roles: ['steward'] }), 'claims.write'), null);
});

test('an act rests on the role that allows it', () => {
  const both = passport('both', { roles: ['auditor', 'operator'] });
  assert.deepEqual(asGranted(both, 'runs.operate').authority, { kind: 'role', id: 'operator' });
  assert.ok(permissionsOf(both).includes('ledger.read'));
  assert.equal(grantOf(passport('p', { roles: ['constructor', '__proto__'] }), 'runs.operate'), null);
});
