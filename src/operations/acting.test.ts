import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { passport, Testbed } from '../../test/e2e/http-testbed.ts';
import { lastOf, letAct, open, under } from '../../test/e2e/delegation-kit.ts';
import { permissionsOf } from './permissions.ts';
import { CATALOGUE, type InputOf, type OperationName, type Permission } from './schema/index.ts';

const SEED = process.env['FC_SEED'] === undefined ? {} : { seed: Number(process.env['FC_SEED']) };

test('what is done under a delegation names who did it, for whom, and the whole chain', async () => {
  const bed = await open();
  const definition = await bed.define({ id: 'a', task: { requires: ['ocr'], by: 'agent', input: {} } });
  assert.equal(await bed.no('bob', 'workflow.start', { definition }), 'forbidden', 'on his own');
  const first = await letAct(bed, 'alice', 'bob');
  const second = await letAct(bed, 'bob', 'agent', { under: first });
  const run = (await bed.ok('agent', 'workflow.start', { definition }, under(second))).id;
  await bed.ok('root', 'workflow.approve', { id: run });
  const started = await lastOf(bed, run, 'run.created');
  assert.deepEqual([started?.actor, started?.onBehalfOf], ['passport_agent', 'passport_alice']);
  assert.deepEqual(started?.authority, {
    kind: 'delegation',
    id: second,
    version: '1',
    chain: [
      { delegation: first, from: 'passport_alice', to: 'passport_bob', accountable: 'passport_bob' },
      { delegation: second, from: 'passport_bob', to: 'passport_agent', accountable: 'passport_bob' },
    ],
  });
  const task = (await bed.taskOf(run)).id;
  await bed.ok('agent', 'task.claim', { id: task }, under(second));
  assert.equal((await lastOf(bed, run, 'task.started'))?.authority.id, second);
  await bed.ok('alice', 'delegation.narrow', { id: first, scope: { definitions: [definition] } });
  await bed.ok('agent', 'task.complete', { id: task, token: 1 }, under(second));
  assert.equal((await lastOf(bed, run, 'task.completed'))?.authority.kind, 'delegation');
  await bed.close();
});

test('a delegation that does not hold lets nobody do anything', async () => {
  const bed = await open();
  const first = await letAct(bed, 'alice', 'bob', { expiresAt: bed.clock.now() + 1000 });
  const second = await letAct(bed, 'bob', 'carol', { under: first });
  const list = (who: string, id: string) => bed.no(who, 'workflow.list_runs', {}, under(id));
  assert.equal(await list('carol', first), 'delegation_unknown', 'of somebody else');
  assert.equal(await list('carol', 'delegation_none'), 'delegation_unknown');
  await bed.ok('carol', 'workflow.list_runs', {}, under(second));
  await bed.ok('alice', 'delegation.pause', { id: first });
  assert.equal(await list('carol', second), 'delegation_inactive');
  await bed.ok('alice', 'delegation.unpause', { id: first });
  for (const one of ['alice', 'bob']) {
    await bed.ok('root', 'participant.suspend', { id: `passport_${one}` });
    assert.equal(await list('carol', second), 'delegation_inactive', one);
    await bed.ok('root', 'participant.unsuspend', { id: `passport_${one}` });
  }
  await bed.ok('carol', 'workflow.list_runs', {}, under(second));
  bed.clock.move(1000);
  assert.equal(await list('carol', second), 'delegation_inactive', 'expired');
  assert.equal(await bed.no('alice', 'delegation.revoke', { id: first }), 'delegation_status');
  assert.equal(await list('bob', first), 'delegation_inactive');
  await bed.close();
});

test('the scope is looked at by what the run or task is about', async () => {
  const bed = await open();
  const [one, other] = [
    await bed.define({
      id: 'a',
      task: { requires: ['ocr'], by: 'human', input: { region: 'north', amount: 90, currency: 'EUR' } },
    }),
    await bed.define({
      id: 'a',
      task: { requires: ['ocr'], by: 'human', input: { region: 'south', amount: 110, currency: 'EUR' } },
    }),
  ];
  const [run, away] = [
    (await bed.ok('root', 'workflow.start', { definition: one })).id,
    (await bed.ok('root', 'workflow.start', { definition: other })).id,
  ];
  const [task, far] = [(await bed.taskOf(run)).id, (await bed.taskOf(away)).id];
  const may = async (more: Partial<InputOf<'delegation.create'>>, name: OperationName, input: object) => {
    const id = await letAct(bed, 'alice', 'bob', more);
    const outcome = await bed.operations.call(name, input, bed.as('bob'), under(id));
    return outcome.ok ? 'yes' : outcome.rejection.code;
  };
  const get = async (more: Partial<InputOf<'delegation.create'>>) => [
    await may(more, 'task.get', { id: task }),
    await may(more, 'task.get', { id: far }),
  ];
  assert.deepEqual(await get({}), ['yes', 'yes']);
  assert.deepEqual(await get({ scope: { definitions: [one] } }), ['yes', 'delegation_scope']);
  assert.deepEqual(await get({ constraints: [{ fact: 'region', oneOf: ['north'] }] }), [
    'yes',
    'delegation_scope',
  ]);
  assert.deepEqual(await get({ constraints: [{ fact: 'definition', noneOf: [other] }] }), [
    'yes',
    'delegation_scope',
  ]);
  assert.deepEqual(await get({ scope: { operations: ['task.list'] } }), [
    'delegation_scope',
    'delegation_scope',
  ]);
  assert.deepEqual(await get({ scope: { capabilities: [] } }), ['yes', 'yes'], 'as lists show them');
  const few = { scope: { amount: { amount: 100, currency: 'EUR' } } };
  assert.deepEqual(await get(few), ['yes', 'yes'], 'reading is worth nothing');
  assert.equal(await may(few, 'task.claim', { id: far }), 'delegation_scope');
  assert.equal(await may(few, 'task.claim', { id: task }), 'yes');
  assert.equal(
    await may({ scope: { definitions: [one] } }, 'workflow.list_runs', {}),
    'delegation_scope',
    'not about one',
  );
  assert.equal(
    await may({ scope: { definitions: [one] } }, 'workflow.list_runs', { definition: one }),
    'yes',
  );
  assert.equal(
    await may({ scope: { definitions: [one] } }, 'workflow.start', { definition: other }),
    'delegation_scope',
  );
  assert.equal(
    await may({ scope: { definitions: [one] } }, 'workflow.stop', { id: away }),
    'delegation_scope',
  );
  assert.equal(await may({ scope: { definitions: [one] } }, 'workflow.stop', { id: run }), 'yes');
  assert.equal(await may({ scope: { capabilities: [] } }, 'task.claim', { id: far }), 'delegation_scope');
  await bed.close();
});

test('what is ones own affair is not done under a delegation', async () => {
  const bed = await open();
  const id = await letAct(bed, 'alice', 'bob');
  for (const { name, permission, mutates } of Object.values(CATALOGUE)) {
    if (permission !== 'self' || !mutates) continue;
    const outcome = await bed.operations.call(name, {}, bed.as('bob'), under(id));
    assert.ok(!outcome.ok);
    assert.ok(['delegation_scope', 'request_invalid'].includes(outcome.rejection.code), name);
  }
  assert.equal(
    await bed.no('bob', 'claim.declare', { participant: 'me', capability: 'x' }, under(id)),
    'delegation_scope',
  );
  assert.equal(
    await bed.no('bob', 'delegation.create', { to: 'passport_carol' }, under(id)),
    'delegation_scope',
  );
  const agents = await letAct(bed, 'alice', 'agent');
  assert.equal(await bed.no('agent', 'task.claim_next', {}, under(agents)), 'delegation_scope');
  const { permissions } = await bed.ok('bob', 'participant.me', {}, under(id));
  assert.ok(permissions.includes('runs.operate'));
  await bed.close();
});

test('a task is for whoever acts as the one it is for would have it', async () => {
  const bed = await open();
  await bed.ok('root', 'participant.update', { id: 'passport_alice', posts: ['cfo'], safety: 'reversible' });
  const claim = async (task: object) => {
    const run = await bed.start({ id: 'a', task: { by: 'human', input: { amount: 90 }, ...task } });
    const { id } = await bed.taskOf(run);
    const before = await bed.operations.call('task.claim', { id }, bed.as('bob'));
    const delegation = await letAct(bed, 'alice', 'bob');
    const outcome = await bed.operations.call('task.claim', { id }, bed.as('bob'), under(delegation));
    return [before.ok, outcome.ok ? 'yes' : outcome.rejection.code];
  };
  assert.deepEqual(await claim({ from: ['post:cfo'] }), [false, 'yes']);
  assert.deepEqual(
    await claim({ from: ['passport_alice'], assign: 'offer' }),
    [false, 'yes'],
    'named, and offered to her alone',
  );
  assert.deepEqual(await claim({ requires: ['ocr'], level: 0.5 }), [false, 'yes']);
  await bed.ok('root', 'claim.grant', { participant: 'passport_alice', capability: 'ocr', level: 0.4 });
  assert.deepEqual(
    await claim({ requires: ['ocr'], level: 0.5 }),
    [false, 'not_eligible'],
    'she is not good enough',
  );
  await bed.ok('root', 'claim.grant', {
    participant: 'passport_alice',
    capability: 'ocr',
    constraints: [{ fact: 'amount', atMost: 50 }],
  });
  assert.deepEqual(await claim({ requires: ['ocr'] }), [false, 'not_eligible'], 'nor for that much');
  await bed.ok('alice', 'participant.set_availability', { id: 'me', status: 'away' });
  assert.deepEqual(await claim({ from: ['post:cfo'] }), [false, 'yes'], 'also while she is away');
  await bed.close();
});

test('whoever acts is of the kind that the task is for, and safe enough', async () => {
  const bed = await open();
  const run = await bed.start({ id: 'a', task: { requires: ['ocr'], by: 'human', input: {} } });
  const { id } = await bed.taskOf(run);
  assert.equal(
    await bed.no('agent', 'task.claim', { id }, under(await letAct(bed, 'alice', 'agent'))),
    'not_eligible',
  );
  await bed.ok('root', 'participant.update', { id: 'passport_bob', safety: 'read_only' });
  const alices = under(await letAct(bed, 'alice', 'bob'));
  assert.equal(await bed.no('bob', 'task.claim', { id }, alices), 'not_eligible');
  await bed.ok('root', 'participant.update', { id: 'passport_bob', safety: 'irreversible' });
  await bed.ok('bob', 'task.claim', { id }, alices);
  await bed.close();
});

test('an agent gets nothing that its grantor has by a role for people', async () => {
  const bed = await open();
  const roots = async (who: string) =>
    (await bed.ok(who, 'participant.me', {}, under(await letAct(bed, 'root', who)))).permissions;
  assert.ok((await roots('bob')).includes('runs.operate'));
  assert.deepEqual(
    (await roots('agent')).filter((permission) => !['self', 'tasks.work', 'read'].includes(permission)),
    ['artifacts.read', 'artifacts.write'],
  );
  await bed.close();
});

const PEOPLE = ['p0', 'p1', 'p2', 'a0', 'a1'] as const;
const ROLES = ['administrator', 'operator', 'auditor', 'steward'] as const;
const FOR_PEOPLE: readonly Permission[] = [
  'tasks.decide',
  'runs.approve',
  'participants.write',
  'claims.write',
  'delegations.write',
  'tokens.write',
];
const HAND_OUT: readonly Permission[] = [
  'participants.write',
  'claims.write',
  'delegations.write',
  'tokens.write',
];

test('along any chain nobody may more than the one before, and no agent what takes a person', async () => {
  const recipe = fc.record({
    roles: fc.array(fc.subarray([...ROLES]), { minLength: PEOPLE.length, maxLength: PEOPLE.length }),
    way: fc.shuffledSubarray([...PEOPLE], { minLength: 2, maxLength: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(recipe, async ({ roles, way }) => {
      const bed = await Testbed.open(
        ...PEOPLE.map((id, at) =>
          passport(id, { kind: id.startsWith('a') ? 'agent' : 'human', roles: roles[at] ?? [] }),
        ),
      );
      let before = new Set(permissionsOf(bed.as(way[0] as string)));
      let delegation: string | undefined;
      for (const [at, to] of way.slice(1).entries()) {
        delegation = await letAct(
          bed,
          way[at] as string,
          to,
          delegation === undefined ? {} : { under: delegation },
        );
        const { permissions } = await bed.ok(to, 'participant.me', {}, under(delegation));
        const now = new Set(permissions as Permission[]);
        const hasAgent = way.slice(0, at + 2).some((one) => one.startsWith('a'));
        for (const permission of now) {
          assert.ok(before.has(permission), `${to} gained ${permission}`);
          assert.ok(!HAND_OUT.includes(permission), `${permission} was handed on`);
          assert.ok(!hasAgent || !FOR_PEOPLE.includes(permission), `${permission} through an agent`);
        }
        before = now;
      }
      await bed.close();
    }),
    { numRuns: 60, ...SEED },
  );
});
