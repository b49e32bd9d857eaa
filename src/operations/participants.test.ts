import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InputOf } from './schema/index.ts';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';

test('agents and systems have a human who answers for them', async () => {
  const bed = await Testbed.open(passport('agent', { kind: 'agent' }));
  const agent = { kind: 'agent', name: 'A' } as const;
  for (const owner of [null, 'passport_nobody', 'passport_agent'])
    assert.equal(await bed.no('root', 'participant.register', { ...agent, owner }), 'owner_required');
  const { id } = await bed.ok('root', 'participant.register', { ...agent, owner: 'passport_root' });
  assert.match(id, /^passport_agent_/);
  assert.equal(await bed.no('root', 'participant.update', { id, owner: null }), 'owner_required');
  assert.equal(
    await bed.no('root', 'participant.register', { ...agent, id, owner: 'passport_root' }),
    'participant_exists',
  );
  const person = { kind: 'human', name: 'P', owner: 'passport_root' } as const;
  assert.equal(await bed.no('root', 'participant.register', person), 'owner_not_applicable');
  await bed.close();
});

test('there is always an administrator', async () => {
  const bed = await Testbed.open(passport('other'));
  const changes: InputOf<'participant.update'>[] = [
    { id: 'passport_root', status: 'suspended' },
    { id: 'passport_root', status: 'revoked' },
    { id: 'passport_root', roles: [] },
  ];
  for (const change of changes)
    assert.equal(await bed.no('root', 'participant.update', change), 'last_administrator');
  await bed.ok('root', 'participant.update', { id: 'passport_other', roles: ['administrator'] });
  await bed.ok('root', 'participant.update', { id: 'passport_root', status: 'suspended' });
  assert.equal(
    await bed.no('other', 'participant.update', { id: 'passport_other', roles: [] }),
    'last_administrator',
  );
  await bed.close();
});

test('a token stands for its participant until one of the two is withdrawn', async () => {
  const bed = await Testbed.open(passport('agent', { kind: 'agent' }));
  const { token, secret } = await bed.ok('root', 'token.issue', {
    passport: 'passport_agent',
    label: 'laptop',
  });
  const who = async (): Promise<string | undefined> => (await bed.operations.authenticate(secret ?? ''))?.id;
  assert.equal(await who(), 'passport_agent');
  await bed.ok('root', 'participant.update', { id: 'passport_agent', status: 'suspended' });
  assert.equal(await who(), undefined);
  await bed.ok('root', 'participant.update', { id: 'passport_agent', status: 'available' });
  assert.equal(await who(), 'passport_agent');
  const revoking = bed.ok('root', 'token.revoke', { id: token.id });
  await Promise.all([who(), who(), revoking]);
  assert.equal(await who(), undefined, 'also when it was asked for while it was being revoked');
  assert.equal(await bed.no('root', 'token.revoke', { id: token.id }), 'token_revoked');
  assert.equal(await bed.no('root', 'token.revoke', { id: 'token_none' }), 'token_unknown');
  assert.equal(await bed.no('root', 'token.issue', { passport: 'passport_none' }), 'participant_unknown');
  const { rows } = await bed.ok('root', 'token.list', {});
  assert.ok(!JSON.stringify(rows).includes(secret ?? ''));
  const { events } = await bed.ok('root', 'event.list', { limit: 1000 });
  assert.ok(!JSON.stringify(events).includes(secret ?? ''));
  await bed.close();
});

test('participants are listed by page and by what they are', async () => {
  const people = Array.from({ length: 5 }, (_, at) =>
    passport(`p${at}`, { capabilities: at < 2 ? ['read'] : [], roles: at > 3 ? ['boss'] : [] }),
  );
  const bed = await Testbed.open(...people);
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await bed.ok('p0', 'participant.list', { limit: 2, ...(cursor && { cursor }) });
    ids.push(...page.rows.map(({ id }) => id));
    cursor = page.next ?? undefined;
  } while (cursor);
  assert.deepEqual(
    ids,
    ['p0', 'p1', 'p2', 'p3', 'p4', 'root'].map((name) => `passport_${name}`),
  );
  assert.equal((await bed.ok('p0', 'participant.list', { capability: 'read' })).rows.length, 2);
  assert.equal((await bed.ok('p0', 'participant.list', { role: 'boss' })).rows.length, 1);
  await bed.ok('root', 'participant.update', { id: 'passport_p0', status: 'suspended' });
  const [read, ...others] = (await bed.ok('p1', 'capability.list', {})).rows;
  assert.deepEqual([read?.id, read?.participants, read?.available, others], ['read', 2, 1, []]);
  assert.deepEqual((await bed.ok('p1', 'participant.me', {})).permissions.includes('tokens.write'), false);
  assert.equal(await bed.no('p1', 'participant.get', { id: 'passport_none' }), 'participant_unknown');
  await bed.close();
});

/** Types of the entries of the organisation since a position, with who did it on what authority. */
const entriesSince = async (bed: Testbed, after: number) => {
  const { events } = await bed.ok('root', 'event.list', { after, limit: 1000 });
  return events.map(({ type, actor, onBehalfOf, authority, payload }) => ({
    type,
    actor,
    onBehalfOf,
    authority: `${authority.kind}:${authority.id}`,
    payload,
  }));
};
const size = (bed: Testbed): Promise<number> => bed.store.entryCount();

test('a passport holds what the organisation knows of somebody', async () => {
  const bed = await Testbed.open(passport('boss'));
  const given = {
    kind: 'human',
    name: 'Ada',
    roles: ['clerk'],
    groups: ['north'],
    posts: ['cashier'],
    manager: 'passport_boss',
    capabilities: ['reading'],
    claims: [
      { capability: 'auditing', level: 0.5, constraints: [{ fact: 'amount', atMost: 100 }], expiresAt: null },
    ],
    tools: ['mcp:files/read'],
    safety: 'reversible',
    capacity: 3,
    workingHours: {
      zone: 'Europe/Berlin',
      weekly: [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00' }],
      holidays: ['2026-12-24'],
    },
    costRate: { amount: 80, currency: 'EUR', per: 'hour' },
  } as const;
  const made = await bed.ok('root', 'participant.register', given as never);
  const { claims, capabilities, id, ...rest } = made;
  for (const [name, value] of Object.entries(given))
    if (!['claims', 'capabilities'].includes(name)) assert.deepEqual(rest[name as 'name'], value, name);
  assert.deepEqual(capabilities.toSorted(), ['auditing', 'reading']);
  const auditing = claims.find(({ capability }) => capability === 'auditing');
  assert.deepEqual(
    [auditing?.level, auditing?.standing, auditing?.grantedBy],
    [0.5, 'granted', 'passport_root'],
  );
  assert.deepEqual([rest.mayAct, rest.present, rest.lastSeenAt, rest.keyProvedAt], [true, false, null, null]);
  assert.deepEqual(await bed.ok('root', 'participant.get', { id }), made);
  const bad: InputOf<'participant.update'>[] = [
    { id, workingHours: { zone: 'Europe/Atlantis', weekly: [] } },
    { id, workingHours: { zone: 'UTC', weekly: [{ days: [8], from: '09:00', to: '17:00' }] } },
    { id, workingHours: { zone: 'UTC', weekly: [{ days: [1], from: '25:00', to: '17:00' }] } },
    { id, costRate: { amount: -1, currency: 'EUR', per: 'hour' } },
    { id, costRate: { amount: 1, currency: 'euro', per: 'hour' } },
    { id, safety: 'harmless' as never },
    { id, capacity: 0 },
  ];
  for (const change of bad)
    assert.equal(await bed.no('root', 'participant.update', change), 'request_invalid');
  await bed.close();
});

test('nobody reports to themselves, through others or not', async () => {
  const bed = await Testbed.open(passport('a'), passport('b'), passport('c'));
  const report = (id: string, manager: string) =>
    ['root', 'participant.update', { id: `passport_${id}`, manager: `passport_${manager}` }] as const;
  await bed.ok(...report('b', 'a'));
  await bed.ok(...report('c', 'b'));
  assert.equal(await bed.no(...report('a', 'c')), 'manager_circular');
  assert.equal(await bed.no(...report('a', 'a')), 'manager_circular');
  assert.equal(await bed.no(...report('a', 'nobody')), 'participant_unknown');
  const both = await Promise.all(
    [report('a', 'root'), report('root', 'c')].map((one) =>
      bed.operations.call(one[1], one[2], bed.as('root')),
    ),
  );
  assert.deepEqual(
    both.map(({ ok }) => ok),
    [true, false],
    'decided one after the other',
  );
  assert.deepEqual(bed.runtime.organisation.directory.reports('passport_b'), ['passport_c']);
  await bed.close();
});

test('suspended, back, revoked for good; each is an entry with its reason', async () => {
  const bed = await Testbed.open(passport('a'));
  const id = 'passport_a';
  const from = await size(bed);
  assert.equal((await bed.ok('root', 'participant.suspend', { id, reason: 'audit' })).mayAct, false);
  assert.equal(await bed.no('root', 'participant.suspend', { id }), 'participant_status');
  assert.equal(
    await bed.no('a', 'participant.set_availability', { id: 'me', status: 'busy' }),
    'participant_status',
  );
  assert.equal((await bed.ok('root', 'participant.unsuspend', { id })).status, 'available');
  assert.equal(await bed.no('root', 'participant.unsuspend', { id }), 'participant_status');
  assert.equal((await bed.ok('root', 'participant.revoke', { id })).status, 'revoked');
  for (const status of ['available', 'suspended'] as const)
    assert.equal(await bed.no('root', 'participant.update', { id, status }), 'participant_revoked');
  assert.equal(await bed.no('root', 'participant.unsuspend', { id }), 'participant_revoked');
  assert.equal(
    await bed.no('root', 'claim.grant', { participant: id, capability: 'x' }),
    'participant_revoked',
  );
  assert.equal(await bed.no('root', 'token.issue', { passport: id }), 'participant_revoked');
  for (const name of ['suspend', 'unsuspend', 'revoke'] as const) {
    assert.equal(
      await bed.no('root', `participant.${name}`, { id: 'passport_root' }),
      name === 'unsuspend' ? 'participant_status' : 'last_administrator',
    );
    assert.equal(await bed.no('root', `participant.${name}`, { id: 'passport_none' }), 'participant_unknown');
  }
  const who = { actor: 'passport_root', onBehalfOf: 'passport_root', authority: 'role:administrator' };
  assert.deepEqual(await entriesSince(bed, from), [
    {
      type: 'participant.suspended',
      ...who,
      payload: { participant: id, status: 'suspended', reason: 'audit' },
    },
    {
      type: 'participant.unsuspended',
      ...who,
      payload: { participant: id, status: 'available', reason: null },
    },
    { type: 'participant.revoked', ...who, payload: { participant: id, status: 'revoked', reason: null } },
  ]);
  await bed.close();
});

test('agents act while the human who answers for them may', async () => {
  const bed = await Testbed.open(passport('owner'));
  const agent = await bed.ok('root', 'participant.register', {
    kind: 'agent',
    name: 'A',
    owner: 'passport_owner',
    capabilities: ['read'],
  });
  const { secret } = await bed.ok('root', 'token.issue', { passport: agent.id });
  const { organisation } = bed.runtime;
  const acts = async (): Promise<boolean[]> => [
    (await bed.operations.authenticate(secret ?? '')) !== null,
    (await bed.ok('root', 'participant.get', { id: agent.id })).mayAct,
    organisation.directory.passport(agent.id)?.status === 'available',
    bed.runtime.scheduler.router.canBeDone({ requires: ['read'], by: 'agent', from: [], excluded: [] }),
  ];
  const all = (is: boolean): boolean[] => [is, is, is, is];
  assert.deepEqual(await acts(), all(true));
  const news: string[] = [];
  organisation.watch(({ kind, id }) => void (kind === 'participant' && news.push(id)));
  await bed.ok('root', 'participant.suspend', { id: 'passport_owner' });
  assert.deepEqual(news, ['passport_owner', agent.id]);
  assert.deepEqual(await acts(), all(false));
  assert.equal(
    (await bed.ok('root', 'participant.get', { id: agent.id })).status,
    'available',
    'its own status stays',
  );
  const late = { kind: 'agent', name: 'B', owner: 'passport_owner' } as const;
  assert.equal(await bed.no('root', 'participant.register', late), 'owner_required');
  await bed.ok('root', 'participant.unsuspend', { id: 'passport_owner' });
  assert.deepEqual(await acts(), all(true));
  await bed.ok('root', 'participant.revoke', { id: 'passport_owner' });
  assert.deepEqual(await acts(), all(false));
  await bed.ok('root', 'participant.update', { id: agent.id, owner: 'passport_root' });
  assert.deepEqual(await acts(), all(true), 'with another owner');
  await bed.close();
});

test('whoever is away has a substitute, and comes back by itself', async () => {
  const bed = await Testbed.open(
    ...['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id) => passport(id)),
    passport('agent', { kind: 'agent' }),
  );
  const away = (who: string, substitute: string | null, until?: number) =>
    [
      who,
      'participant.set_availability',
      {
        id: 'me',
        status: 'away',
        substitute: substitute && `passport_${substitute}`,
        ...(until && { until }),
      },
    ] as const;
  const until = bed.clock.now() + 60_000;
  const made = await bed.ok(...away('a', 'b', until));
  assert.deepEqual([made.status, made.substitute, made.awayUntil], ['away', 'passport_b', until]);
  assert.equal(bed.runtime.organisation.directory.standIn('passport_a'), 'passport_b');
  assert.equal(await bed.no(...away('b', 'a')), 'substitute_unfit', 'in a circle');
  assert.equal(await bed.no(...away('b', 'b')), 'substitute_unfit');
  assert.equal(await bed.no(...away('b', 'agent')), 'substitute_unfit', 'of another kind');
  assert.equal(await bed.no(...away('b', 'nobody')), 'participant_unknown');
  assert.equal(await bed.no(...away('b', 'c', bed.clock.now() - 1)), 'request_invalid');
  assert.equal(
    await bed.no('b', 'participant.set_availability', { id: 'me', status: 'busy', substitute: 'passport_c' }),
    'request_invalid',
  );
  const from = await size(bed);
  bed.clock.move(60_000);
  await bed.until(
    async () => (await bed.ok('root', 'participant.get', { id: 'passport_a' })).status !== 'away',
  );
  const back = await bed.ok('root', 'participant.get', { id: 'passport_a' });
  assert.deepEqual([back.substitute, back.awayUntil], [null, null]);
  const [entry] = await entriesSince(bed, from);
  assert.deepEqual(
    [entry?.type, entry?.actor, entry?.authority],
    ['participant.availability', 'system:humanos', 'system:availability'],
  );
  for (const [who, next] of [
    ['f', 'g'],
    ['e', 'f'],
    ['d', 'e'],
    ['c', 'd'],
    ['b', 'c'],
  ] as const)
    await bed.ok(...away(who, next));
  assert.equal(await bed.no(...away('a', 'b')), 'substitute_unfit', 'six in a row');
  assert.equal(
    await bed.no('a', 'participant.set_availability', { id: 'passport_b', status: 'available' }),
    'forbidden',
  );
  assert.equal(
    (await bed.ok('root', 'participant.set_availability', { id: 'passport_b', status: 'available' }))
      .substitute,
    null,
  );
  await bed.close();
});

test('a sign of life is no history, and shows', async () => {
  const bed = await Testbed.open(passport('agent', { kind: 'agent', capabilities: ['read'] }));
  const seen = async () => {
    const { present, lastSeenAt } = await bed.ok('root', 'participant.get', { id: 'passport_agent' });
    return [present, lastSeenAt];
  };
  const from = await size(bed);
  assert.deepEqual(await seen(), [false, null]);
  const { until } = await bed.ok('agent', 'participant.heartbeat', {});
  const at = bed.clock.now();
  assert.deepEqual(await seen(), [true, at]);
  bed.clock.move(until - at);
  assert.deepEqual(await seen(), [false, at]);
  await bed.ok('agent', 'participant.me', {});
  assert.deepEqual(await seen(), [false, at], 'reading is none');
  await bed.ok('agent', 'task.claim_next', {});
  assert.deepEqual(await seen(), [true, until]);
  assert.equal(await size(bed), from);
  await bed.close();
});

test('people see the participants they look for', async () => {
  const bed = await Testbed.open(
    passport('a', { groups: ['north'], posts: ['cashier'], manager: 'passport_root' }),
    passport('b', { kind: 'agent', owner: 'passport_root', capabilities: ['ocr'] }),
    passport('c', { kind: 'agent', owner: 'passport_root', capabilities: ['reading'] }),
  );
  await bed.ok('root', 'capability.save', { id: 'ocr', implies: ['reading'] });
  await bed.ok('root', 'participant.suspend', { id: 'passport_c' });
  const found = async (filter: InputOf<'participant.list'>) =>
    (await bed.ok('root', 'participant.list', filter)).rows.map(({ id }) => id.slice(9));
  assert.deepEqual(await found({ group: 'north' }), ['a']);
  assert.deepEqual(await found({ post: 'cashier' }), ['a']);
  assert.deepEqual(await found({ manager: 'me' }), ['a']);
  assert.deepEqual(await found({ owner: 'me' }), ['b', 'c']);
  assert.deepEqual(await found({ capability: 'reading' }), ['b', 'c'], 'also by what implies it');
  assert.deepEqual(await found({ status: 'suspended' }), ['c']);
  assert.deepEqual(await found({ kind: 'agent', status: 'available' }), ['b']);
  await bed.close();
});
