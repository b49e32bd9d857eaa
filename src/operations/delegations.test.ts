import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passport, StillClock, Testbed } from '../../test/e2e/http-testbed.ts';
import { claimOf } from '../routing/index.ts';
import type { InputOf } from './schema/index.ts';

const open = () =>
  Testbed.open(
    passport('alice', { roles: ['operator'], capabilities: ['ocr'] }),
    passport('bob'),
    passport('carol'),
    passport('dan'),
    passport('eve'),
    passport('frank'),
    passport('agent', { kind: 'agent', owner: 'passport_bob' }),
  );
const to = (who: string, more: Partial<InputOf<'delegation.create'>> = {}) => ({
  to: `passport_${who}`,
  ...more,
});

test('a delegation is what the grantor makes of it', async () => {
  const bed = await open();
  const expiresAt = bed.clock.now() + 1000;
  const made = await bed.ok('alice', 'delegation.create', {
    ...to('bob'),
    scope: {
      operations: ['workflow.start'],
      capabilities: ['ocr'],
      definitions: ['x'],
      amount: { amount: 5, currency: 'EUR' },
    },
    constraints: [{ fact: 'region', oneOf: ['north'] }],
    expiresAt,
  });
  assert.match(made.id, /^delegation_/);
  assert.deepEqual(
    [made.from, made.to, made.under, made.status, made.holds, made.obstacle],
    ['passport_alice', 'passport_bob', null, 'active', true, null],
  );
  assert.deepEqual(made.chain, [{ delegation: made.id, from: 'passport_alice', to: 'passport_bob' }]);
  assert.deepEqual(await bed.ok('bob', 'delegation.get', { id: made.id }), made);
  bed.clock.move(1000);
  const later = await bed.ok('root', 'delegation.get', { id: made.id });
  assert.deepEqual([later.status, later.holds], ['expired', false]);
  assert.match(later.obstacle ?? '', /expired/);
  await bed.close();
});

test('a capability is passed on until it expires', async () => {
  const expiresAt = new StillClock().now() + 1000;
  const claim = claimOf({ capability: 'welding', expiresAt });
  const bed = await Testbed.open(passport('ann', { claims: [claim] }), passport('bob'));
  const welding = to('bob', { scope: { capabilities: ['welding'] } });
  await bed.ok('ann', 'delegation.create', welding);
  bed.clock.move(1000);
  assert.equal(await bed.no('ann', 'delegation.create', welding), 'delegation_wider');
  await bed.close();
});

test('nothing is passed on that the grantor has not', async () => {
  const bed = await open();
  const wider: Partial<InputOf<'delegation.create'>>[] = [
    { scope: { operations: ['token.issue'] } },
    { scope: { capabilities: ['welding'] } },
  ];
  for (const more of wider)
    assert.equal(await bed.no('alice', 'delegation.create', to('bob', more)), 'delegation_wider');
  const hand = { scope: { operations: ['participant.register'] } };
  assert.equal(
    await bed.no('root', 'delegation.create', to('bob', hand)),
    'delegation_wider',
    'rights that hand out rights',
  );
  assert.equal(
    await bed.no('alice', 'delegation.create', to('bob', { scope: { operations: ['no.such'] } })),
    'request_invalid',
  );
  assert.equal(await bed.no('alice', 'delegation.create', to('alice')), 'delegation_unfit');
  assert.equal(await bed.no('alice', 'delegation.create', to('nobody')), 'participant_unknown');
  assert.equal(
    await bed.no('alice', 'delegation.create', to('bob', { from: 'passport_carol' })),
    'forbidden',
  );
  assert.equal(
    await bed.no('alice', 'delegation.create', to('bob', { expiresAt: bed.clock.now() })),
    'request_invalid',
  );
  await bed.ok('root', 'participant.suspend', { id: 'passport_bob' });
  assert.equal(await bed.no('alice', 'delegation.create', to('bob')), 'delegation_unfit');
  assert.equal(
    (await bed.ok('root', 'delegation.create', to('carol', { from: 'passport_alice' }))).from,
    'passport_alice',
  );
  await bed.close();
});

test('what is passed on again is narrower, and comes to nobody twice', async () => {
  const bed = await open();
  const first = await bed.ok('alice', 'delegation.create', {
    ...to('bob'),
    scope: {
      operations: ['workflow.start', 'workflow.stop'],
      definitions: ['x', 'y'],
      amount: { amount: 10, currency: 'EUR' },
    },
    constraints: [{ fact: 'size', atMost: 5 }],
    expiresAt: bed.clock.now() + 5000,
  });
  const pass = (more: Partial<InputOf<'delegation.create'>>) => to('carol', { under: first.id, ...more });
  const wider: Partial<InputOf<'delegation.create'>>[] = [
    { scope: { operations: ['workflow.cancel'] } },
    { scope: { definitions: ['z'] } },
    { scope: { amount: { amount: 11, currency: 'EUR' } } },
    { scope: { amount: { amount: 1, currency: 'USD' } } },
    { constraints: [{ fact: 'size', atMost: 6 }] },
    { constraints: [{ fact: 'colour', oneOf: ['red'] }] },
    { expiresAt: bed.clock.now() + 5001 },
  ];
  for (const more of wider)
    assert.equal(
      await bed.no('bob', 'delegation.create', pass(more)),
      'delegation_wider',
      JSON.stringify(more),
    );
  assert.equal(
    await bed.no('dan', 'delegation.create', pass({})),
    'delegation_unknown',
    'not his to pass on',
  );
  assert.equal(
    await bed.no('bob', 'delegation.create', to('carol', { under: 'delegation_x' })),
    'delegation_unknown',
  );
  const second = await bed.ok('bob', 'delegation.create', pass({ scope: { definitions: ['x'] } }));
  assert.deepEqual(second.scope, { ...first.scope, definitions: ['x'] });
  assert.deepEqual([second.constraints, second.expiresAt], [first.constraints, first.expiresAt]);
  assert.deepEqual(
    second.chain.map(({ from, to: whom }) => [from, whom]),
    [
      ['passport_alice', 'passport_bob'],
      ['passport_bob', 'passport_carol'],
    ],
  );
  assert.equal(
    await bed.no('carol', 'delegation.create', to('alice', { under: second.id })),
    'delegation_unfit',
  );
  assert.equal(
    await bed.no('carol', 'delegation.create', to('bob', { under: second.id })),
    'delegation_unfit',
  );
  const third = await bed.ok('carol', 'delegation.create', to('dan', { under: second.id }));
  const fourth = await bed.ok('dan', 'delegation.create', to('eve', { under: third.id }));
  assert.equal(
    await bed.no('eve', 'delegation.create', to('frank', { under: fourth.id })),
    'delegation_unfit',
  );
  await bed.ok('bob', 'delegation.pause', { id: second.id });
  const held = await bed.ok('root', 'delegation.get', { id: fourth.id });
  assert.deepEqual([held.status, held.holds], ['active', false]);
  assert.match(held.obstacle ?? '', /paused/);
  assert.equal(
    await bed.no('dan', 'delegation.create', to('frank', { under: third.id })),
    'delegation_inactive',
  );
  await bed.close();
});

test('who may change it, and each change is an entry', async () => {
  const bed = await open();
  const after = await bed.store.entryCount();
  const { id } = await bed.ok(
    'alice',
    'delegation.create',
    to('agent', { scope: { definitions: ['x', 'y'] } }),
  );
  for (const name of ['pause', 'unpause', 'revoke'] as const)
    assert.equal(await bed.no('carol', `delegation.${name}`, { id }), 'forbidden');
  assert.equal(await bed.no('agent', 'delegation.pause', { id }), 'forbidden');
  assert.equal(await bed.no('carol', 'delegation.narrow', { id, scope: {} }), 'forbidden');
  assert.equal(
    await bed.no('alice', 'delegation.narrow', { id, scope: { definitions: ['z'] } }),
    'delegation_wider',
  );
  assert.equal(await bed.no('alice', 'delegation.unpause', { id }), 'delegation_status');
  const narrow = await bed.ok('alice', 'delegation.narrow', { id, scope: { definitions: ['x'] } });
  assert.deepEqual(narrow.scope.definitions, ['x']);
  await bed.ok('root', 'delegation.pause', { id, reason: 'holiday' });
  assert.equal(await bed.no('alice', 'delegation.pause', { id }), 'delegation_status');
  await bed.ok('alice', 'delegation.unpause', { id });
  await bed.ok('agent', 'delegation.revoke', { id });
  for (const name of ['pause', 'unpause', 'revoke'] as const)
    assert.equal(await bed.no('alice', `delegation.${name}`, { id }), 'delegation_status');
  assert.equal(
    await bed.no('alice', 'delegation.narrow', { id, scope: { definitions: [] } }),
    'delegation_status',
  );
  assert.equal(await bed.no('root', 'delegation.revoke', { id: 'delegation_x' }), 'delegation_unknown');
  const { events } = await bed.ok('root', 'event.list', { after });
  assert.deepEqual(
    events.map(({ type, actor, onBehalfOf, authority, payload }) => [
      type,
      actor,
      onBehalfOf,
      authority.id,
      payload['id'],
      payload['reason'],
    ]),
    [
      ['delegation.created', 'passport_alice', 'passport_alice', 'human', id, undefined],
      ['delegation.narrowed', 'passport_alice', 'passport_alice', 'human', id, undefined],
      ['delegation.paused', 'passport_root', 'passport_root', 'administrator', id, 'holiday'],
      ['delegation.unpaused', 'passport_alice', 'passport_alice', 'human', id, null],
      ['delegation.revoked', 'passport_agent', 'passport_bob', 'agent', id, null],
    ],
  );
  await bed.close();
});

test('everybody sees their own, and who may read sees all, by page', async () => {
  const bed = await open();
  const made: string[] = [];
  for (const who of ['bob', 'carol', 'agent'])
    made.push((await bed.ok('alice', 'delegation.create', to(who))).id);
  made.push((await bed.ok('bob', 'delegation.create', to('agent'))).id);
  const [bob, , agent, second] = made as [string, string, string, string];
  const seen = async (who: string, filter: InputOf<'delegation.list'> = {}) =>
    (await bed.ok(who, 'delegation.list', filter)).rows.map(({ id }) => id);
  assert.deepEqual(await seen('root'), made);
  assert.deepEqual(await seen('agent'), [agent, second]);
  assert.deepEqual(await seen('agent', { of: 'passport_carol' }), []);
  assert.deepEqual(await seen('bob', { of: 'me' }), [bob, second]);
  assert.deepEqual(await seen('bob', { from: 'me' }), [second]);
  await bed.ok('alice', 'delegation.revoke', { id: bob });
  assert.deepEqual(await seen('root', { status: 'revoked' }), [bob]);
  const page = await bed.ok('root', 'delegation.list', { limit: 3 });
  assert.deepEqual(
    page.rows.map(({ id }) => id),
    made.slice(0, 3),
  );
  assert.deepEqual(await seen('root', { cursor: page.next ?? '' }), [second]);
  assert.equal(await bed.no('agent', 'delegation.get', { id: bob }), 'delegation_unknown');
  await bed.close();
});
