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
