import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import type { InputOf } from './schema/index.ts';

const open = () =>
  Testbed.open(
    passport('steward', { roles: ['steward'] }),
    passport('owner'),
    passport('agent', { kind: 'agent', owner: 'passport_owner' }),
    passport('other', { kind: 'agent', owner: 'passport_owner' }),
  );
const claimOn = async (bed: Testbed, capability: string) =>
  (await bed.ok('root', 'participant.get', { id: 'passport_agent' })).claims.find(
    (claim) => claim.capability === capability,
  );
const agent = (capability: string, more: Partial<InputOf<'claim.grant'>> = {}) => ({
  participant: 'passport_agent',
  capability,
  ...more,
});

test('what is declared counts once it is granted', async () => {
  const bed = await open();
  const can = (): boolean =>
    bed.runtime.scheduler.router.canBeDone({ requires: ['ocr'], by: 'agent', from: [], excluded: [] });
  await bed.ok('agent', 'claim.declare', {
    participant: 'me',
    capability: 'ocr',
    level: 0.8,
    evidence: ['run_1'],
  });
  assert.deepEqual([(await claimOn(bed, 'ocr'))?.standing, can()], ['declared', false]);
  await bed.ok('agent', 'claim.declare', { participant: 'me', capability: 'ocr', level: 0.7 });
  await bed.ok('steward', 'claim.grant', agent('ocr'));
  const granted = await claimOn(bed, 'ocr');
  assert.deepEqual(
    [granted?.standing, granted?.level, granted?.grantedBy, can()],
    ['granted', 0.7, 'passport_steward', true],
  );
  assert.deepEqual(granted?.evidence, ['run_1'], 'what is left out stays as it was claimed');
  assert.equal(
    await bed.no('agent', 'claim.declare', { participant: 'me', capability: 'ocr', level: 1 }),
    'claim_standing',
  );
  await bed.ok('steward', 'claim.revoke', agent('ocr', { reason: 'fails' } as never));
  assert.equal(can(), false);
  assert.equal(await bed.no('steward', 'claim.revoke', agent('ocr')), 'claim_standing');
  assert.equal(
    await bed.no('agent', 'claim.declare', { participant: 'me', capability: 'ocr' }),
    'claim_standing',
  );
  await bed.ok('root', 'claim.grant', agent('ocr', { level: 0.2 }));
  assert.equal((await claimOn(bed, 'ocr'))?.level, 0.2);
  await bed.close();
});

test('a claim is verified by somebody else, on evidence', async () => {
  const bed = await open();
  assert.equal(await bed.no('steward', 'claim.verify', agent('ocr')), 'evidence_required');
  await bed.ok('steward', 'claim.verify', agent('ocr', { evidence: ['artifact:1'] }));
  assert.equal((await claimOn(bed, 'ocr'))?.standing, 'verified');
  await bed.ok('root', 'participant.update', { id: 'passport_owner', roles: ['steward'] });
  const own = agent('other', { evidence: ['x'] });
  assert.equal(await bed.no('owner', 'claim.verify', own), 'separation_of_duties', 'of what they own');
  const self = { participant: 'me', capability: 'x', evidence: ['x'] };
  assert.equal(await bed.no('steward', 'claim.verify', self), 'separation_of_duties', 'of their own');
  await bed.close();
});

test('who may say what', async () => {
  const bed = await open();
  await bed.ok('root', 'claim.grant', agent('ocr'));
  await bed.ok('root', 'claim.grant', { participant: 'passport_owner', capability: 'ocr' });
  const others: [string, 'claim.declare' | 'claim.grant' | 'claim.verify' | 'claim.revoke'][] = [
    ['root', 'claim.declare'],
    ['owner', 'claim.declare'],
    ['agent', 'claim.grant'],
    ['owner', 'claim.grant'],
    ['other', 'claim.verify'],
    ['other', 'claim.revoke'],
  ];
  for (const [who, name] of others)
    assert.equal(await bed.no(who, name, agent('ocr')), 'forbidden', `${who} ${name}`);
  assert.equal(
    await bed.no('agent', 'claim.revoke', { participant: 'passport_owner', capability: 'ocr' }),
    'forbidden',
  );
  await bed.ok('owner', 'claim.revoke', agent('ocr'));
  await bed.ok('owner', 'claim.revoke', { participant: 'me', capability: 'ocr' });
  assert.equal(await bed.no('root', 'claim.revoke', agent('none')), 'claim_unknown');
  assert.equal(
    await bed.no('root', 'claim.grant', { participant: 'passport_x', capability: 'a' }),
    'participant_unknown',
  );
  const past = bed.clock.now() - 1;
  assert.equal(await bed.no('root', 'claim.grant', agent('a', { expiresAt: past })), 'request_invalid');
  assert.equal(await bed.no('root', 'claim.grant', agent('a', { level: 1.1 })), 'request_invalid');
  assert.equal(
    await bed.no('root', 'claim.grant', agent('a', { constraints: [{ fact: 'x' }] })),
    'request_invalid',
  );
  await bed.close();
});

test('each act on a claim is an entry, and a refusal is none', async () => {
  const bed = await open();
  const after = await bed.store.entryCount();
  await bed.ok('agent', 'claim.declare', { participant: 'me', capability: 'ocr' });
  await bed.no('agent', 'claim.grant', agent('ocr'));
  await bed.ok('steward', 'claim.grant', agent('ocr'));
  await bed.ok('steward', 'claim.verify', agent('ocr', { evidence: ['x'] }));
  await bed.ok('owner', 'claim.revoke', agent('ocr', { reason: 'enough' } as never));
  const { events } = await bed.ok('root', 'event.list', { after });
  const shown = events.map(({ type, actor, onBehalfOf, authority, payload }) => {
    const { claim, reason, participant } = payload as {
      claim: { standing: string };
      reason: unknown;
      participant: unknown;
    };
    return [type, actor, onBehalfOf, authority.id, participant, claim.standing, reason];
  });
  const of = 'passport_agent';
  assert.deepEqual(shown, [
    ['claim.declared', of, 'passport_owner', 'agent', of, 'declared', null],
    ['claim.granted', 'passport_steward', 'passport_steward', 'steward', of, 'granted', null],
    ['claim.verified', 'passport_steward', 'passport_steward', 'steward', of, 'verified', null],
    ['claim.revoked', 'passport_owner', 'passport_owner', 'human', of, 'revoked', 'enough'],
  ]);
  await bed.close();
});

test('the short form grants what is new, keeps what is held, and revokes what is left out', async () => {
  const bed = await open();
  await bed.ok('steward', 'claim.grant', agent('ocr', { level: 0.5 }));
  await bed.ok('agent', 'claim.declare', { participant: 'me', capability: 'writing', level: 0.4 });
  const update = { id: 'passport_agent', capabilities: ['ocr', 'writing'] };
  assert.deepEqual((await bed.ok('root', 'participant.update', update)).capabilities.toSorted(), [
    'ocr',
    'writing',
  ]);
  assert.deepEqual(
    [(await claimOn(bed, 'ocr'))?.level, (await claimOn(bed, 'ocr'))?.grantedBy],
    [0.5, 'passport_steward'],
  );
  assert.deepEqual(
    [(await claimOn(bed, 'writing'))?.level, (await claimOn(bed, 'writing'))?.grantedBy],
    [1, 'passport_root'],
  );
  await bed.ok('root', 'participant.update', { id: 'passport_agent', capabilities: ['writing'] });
  assert.equal((await claimOn(bed, 'ocr'))?.standing, 'revoked');
  await bed.close();
});

test('claims of one participant that are granted at the same moment all count', async () => {
  const bed = await open();
  const names = Array.from({ length: 30 }, (_, at) => `c${at}`);
  await Promise.all(names.map((name) => bed.ok('steward', 'claim.grant', agent(name))));
  const { capabilities } = await bed.ok('root', 'participant.get', { id: 'passport_agent' });
  assert.deepEqual(capabilities.toSorted(), names.toSorted());
  await bed.close();
});
