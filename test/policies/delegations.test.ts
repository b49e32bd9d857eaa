/** Delegations that policies want approved, as somebody outside sees them. What is proposed carries nothing. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { JsonObject } from '../../src/definition/index.ts';
import type { InputOf, OutputOf } from '../../src/operations/schema/index.ts';
import type { Passport } from '../../src/routing/index.ts';
import { assertProblem, Site } from '../e2e/http-site.ts';
import { passport, Testbed } from '../e2e/http-testbed.ts';

const HOUR = 3_600_000;
type Delegation = OutputOf<'delegation.get'>;

const LENT = {
  id: 'lent-rights',
  on: 'delegate',
  when: 'grantee.kind == "agent"',
  effect: 'require_approval',
  from: 'role:security',
  within: '8h',
  escalate: ['role:chief'],
  reason: 'Rights that agents get are looked at.',
} as const;

const PEOPLE: readonly Passport[] = [
  passport('officer', { roles: ['compliance', 'security'] }),
  passport('alice', { roles: ['operator', 'security'] }),
  passport('bob', { roles: ['security'] }),
  passport('carol', { roles: ['security'] }),
  passport('chief', { roles: ['chief'] }),
  passport('dan'),
  passport('robot', { kind: 'agent', owner: 'passport_bob' }),
  passport('drone', { kind: 'agent', owner: 'passport_root' }),
  passport('guard', { kind: 'agent', roles: ['security'] }),
];

class Scene {
  readonly bed: Testbed;

  private constructor(bed: Testbed) {
    this.bed = bed;
  }

  static async open(context: TestContext, ...policies: readonly JsonObject[]): Promise<Scene> {
    const scene = new Scene(await Testbed.open(...PEOPLE));
    context.after(() => scene.bed.close());
    for (const policy of policies) await scene.bed.adopt({ policy });
    return scene;
  }

  give(to: string, more: Partial<InputOf<'delegation.create'>> = {}, from = 'alice'): Promise<Delegation> {
    return this.bed.ok(from, 'delegation.create', { to: `passport_${to}`, ...more });
  }

  get(id: string): Promise<Delegation> {
    return this.bed.ok('root', 'delegation.get', { id });
  }

  approve(who: string, one: Delegation, reason?: string): Promise<Delegation> {
    return this.bed.ok(who, 'delegation.approve', decisionOn(one, reason));
  }

  /** The code with which it is refused. */
  refused(who: string, one: Delegation, reason?: string): Promise<string> {
    return this.bed.no(who, 'delegation.approve', decisionOn(one, reason));
  }

  /** What comes of acting under it. */
  async acting(one: Delegation): Promise<string> {
    const who = this.bed.as(one.to.replace('passport_', ''));
    const outcome = await this.bed.operations.call('workflow.list_runs', {}, who, { delegation: one.id });
    return outcome.ok ? 'done' : outcome.rejection.code;
  }

  /** Types of the entries about it, in order, each with who has acted and on what. */
  async entries(id: string): Promise<[type: string, actor: string, authority: string][]> {
    const { events } = await this.bed.ok('root', 'event.list', {});
    return events
      .filter(({ type, payload }) => type.startsWith('delegation.') && payload['id'] === id)
      .map(({ type, actor, authority }) => [type, actor, authority.id]);
  }
}

const decisionOn = ({ id, proposal }: Delegation, reason?: string) => ({
  id,
  digest: proposal?.digest ?? '0'.repeat(64),
  ...(reason !== undefined && { reason }),
});

test('over HTTP: what is proposed says for whom it waits, carries nothing, and holds when it is approved', async () => {
  const site = await Site.open(PEOPLE);
  const change = (await site.json('root', 'POST', '/v1/policy-changes', { policy: LENT })).body['change'] as {
    id: string;
    digest: string;
  };
  await site.json('officer', 'POST', `/v1/policy-changes/${change.id}/approve`, { digest: change.digest });
  const made = await site.json('alice', 'POST', '/v1/delegations', { to: 'passport_robot' });
  assert.equal(made.status, 201);
  const { id, status, holds, proposal } = made.body as unknown as Delegation;
  assert.deepEqual([status, holds], ['proposed', false]);
  const [asked] = proposal?.approvals ?? [];
  assert.deepEqual(
    [asked?.from, asked?.quorum, asked?.agreed, asked?.restsOn, proposal?.reasons[0]?.message],
    [['role:security'], 1, [], ['lent-rights@1'], 'Rights that agents get are looked at.'],
  );
  const listed = await site.ask('carol', 'GET', '/v1/delegations?status=proposed');
  assert.deepEqual((listed.body as unknown as { rows: Delegation[] }).rows, [made.body]);
  const act = () => site.ask('robot', 'GET', '/v1/runs', { headers: { delegation: id } });
  assertProblem(await act(), 403, 'delegation_inactive');
  const approve = `/v1/delegations/${id}/approve`;
  const body = { digest: proposal?.digest, reason: 'needed' };
  assertProblem(await site.json('carol', 'POST', approve, { digest: '0'.repeat(64) }), 409, 'approval_stale');
  const approved = await site.json('carol', 'POST', approve, body, { 'idempotency-key': 'once' });
  const now = approved.body as unknown as Delegation;
  assert.deepEqual([now.status, now.holds, now.proposal?.decidedBy], ['active', true, 'passport_carol']);
  assert.equal((await act()).status, 200);
  const again = await site.json('carol', 'POST', approve, body, { 'idempotency-key': 'once' });
  assert.deepEqual(again.body, approved.body);
  assertProblem(await site.json('officer', 'POST', approve, body), 409, 'delegation_status');
  await site.close();
});

test('neither who gives or gets it decides, nor who answers for them, nor an agent, nor who is not named', async (context) => {
  const scene = await Scene.open(context, LENT);
  const one = await scene.give('robot');
  for (const who of ['approve', 'reject'] as const) {
    const say = (caller: string) =>
      scene.bed.no(caller, `delegation.${who}`, who === 'approve' ? decisionOn(one) : { id: one.id });
    assert.equal(await say('alice'), 'separation_of_duties', 'the grantor');
    assert.equal(await say('bob'), 'separation_of_duties', 'who answers for the agent');
    assert.equal(await say('robot'), 'human_required');
    assert.equal(await say('guard'), 'human_required', 'an agent that is named');
    assert.equal(await say('dan'), 'not_eligible');
    assert.equal(await say('chief'), 'not_eligible', 'before it goes up');
  }
  const awaiting = async (who: string): Promise<string[]> => {
    const { rows } = await scene.bed.ok('root', 'delegation.list', { awaits: `passport_${who}` });
    return rows.map(({ id }) => id);
  };
  for (const who of ['alice', 'bob', 'guard', 'dan', 'chief']) assert.deepEqual(await awaiting(who), [], who);
  assert.deepEqual(await awaiting('carol'), [one.id]);
  await scene.bed.ok('root', 'participant.suspend', { id: 'passport_carol' });
  assert.deepEqual(await awaiting('carol'), [], 'who may not act decides on nothing');
  await scene.bed.ok('root', 'participant.unsuspend', { id: 'passport_carol' });
  const forOthers = await scene.give('drone', { from: 'passport_carol' }, 'root');
  assert.equal(await scene.refused('carol', forOthers), 'separation_of_duties');
  assert.equal(
    await scene.refused('root', forOthers),
    'separation_of_duties',
    'who has made it for the grantor',
  );
  assert.deepEqual([await awaiting('carol'), await awaiting('alice')], [[one.id], [forOthers.id]]);
  assert.equal((await scene.approve('alice', forOthers)).status, 'active');
  assert.deepEqual(await awaiting('alice'), []);
  assert.deepEqual(await scene.entries(forOthers.id), [
    ['delegation.proposed', 'passport_root', 'administrator'],
    ['delegation.approved', 'passport_alice', 'security'],
  ]);
});

test('duties stay separate through delegations: of the chain, of those they act for, and of those who act for them', async (context) => {
  const scene = await Scene.open(context, LENT);
  const first = await scene.give('dan', {}, 'carol');
  const passed = await scene.give('drone', { under: first.id }, 'dan');
  assert.equal(passed.status, 'proposed');
  assert.equal(await scene.refused('carol', passed), 'separation_of_duties', 'the chain rests on her');
  await scene.give('chief', {}, 'carol');
  await scene.bed.ok('root', 'participant.update', { id: 'passport_chief', roles: ['security'] });
  assert.equal(await scene.refused('chief', passed), 'separation_of_duties', 'he acts for her');
  const own = await scene.give('drone', {}, 'dan');
  assert.equal(await scene.refused('carol', own), 'separation_of_duties', 'dan acts for her');
  await scene.give('officer', {}, 'dan');
  assert.equal(await scene.refused('officer', own), 'separation_of_duties', 'he acts for dan');
  assert.equal((await scene.approve('alice', own)).status, 'active');
  const lent = await scene.give('chief', {}, 'alice');
  const under = await scene.bed.no('chief', 'delegation.approve', decisionOn(passed), {
    delegation: lent.id,
  });
  assert.equal(under, 'delegation_scope', 'nobody approves in the name of another by a delegation');
});

test('who stands in for somebody away decides in their place, and both are one voice', async (context) => {
  const scene = await Scene.open(context, { ...LENT, quorum: 2 });
  await scene.give('dan', {}, 'carol');
  const indirect = await scene.give('drone', {}, 'dan');
  const one = await scene.give('robot');
  await scene.bed.ok('carol', 'participant.set_availability', {
    id: 'me',
    status: 'away',
    substitute: 'passport_chief',
  });
  assert.equal(
    await scene.refused('chief', indirect),
    'separation_of_duties',
    'in place of whom dan acts for',
  );
  const half = await scene.approve('chief', one);
  const [agreement] = half.proposal?.approvals[0]?.agreed ?? [];
  assert.deepEqual([agreement?.by, agreement?.for], ['passport_chief', 'passport_carol']);
  await scene.bed.ok('carol', 'participant.set_availability', { id: 'me', status: 'available' });
  assert.equal(await scene.refused('carol', one), 'already_decided');
  assert.equal((await scene.approve('officer', one)).status, 'active');
  await scene.bed.ok('alice', 'participant.set_availability', {
    id: 'me',
    status: 'away',
    substitute: 'passport_dan',
  });
  const other = await scene.give('drone');
  assert.equal(await scene.refused('dan', other), 'separation_of_duties', 'in place of the grantor');
  await scene.bed.ok('root', 'participant.update', { id: 'passport_dan', roles: ['security'] });
  assert.equal(await scene.refused('dan', other), 'separation_of_duties', 'also where he is named himself');
});

test('all that policies ask has to be given: each quorum, by different people, with a reason where one is asked', async (context) => {
  const second = {
    ...LENT,
    id: 'second',
    from: ['role:chief', 'passport_officer'],
    reasonRequired: true,
    within: '1h',
    escalate: [],
  };
  const scene = await Scene.open(context, { ...LENT, quorum: 2 }, second);
  const one = await scene.give('robot');
  assert.equal(one.proposal?.approvals.length, 2);
  assert.equal((await scene.approve('carol', one)).status, 'proposed');
  assert.equal(await scene.refused('carol', one), 'already_decided');
  assert.equal(await scene.refused('officer', one), 'reason_required');
  assert.equal(await scene.acting(one), 'delegation_inactive');
  const done = await scene.approve('officer', one, 'seen');
  assert.equal(done.status, 'active', 'who is named twice counts in both');
  assert.equal(await scene.acting(one), 'done');
  assert.deepEqual(
    (await scene.entries(one.id)).map(([type]) => type),
    ['delegation.proposed', 'delegation.agreed', 'delegation.approved'],
  );
});

test('whoever changes what is proposed has it approved anew, as policies see it then', async (context) => {
  const bounded = {
    ...LENT,
    when: 'delegation.duration == null || delegation.duration > 3600000',
    quorum: 2,
  };
  const scene = await Scene.open(context, bounded);
  const one = await scene.give('dan');
  await scene.approve('bob', one);
  const narrow = await scene.bed.ok('alice', 'delegation.narrow', {
    id: one.id,
    scope: { definitions: ['x'] },
  });
  assert.deepEqual([narrow.status, narrow.proposal?.approvals[0]?.agreed], ['proposed', []]);
  assert.notEqual(narrow.proposal?.digest, one.proposal?.digest);
  assert.equal(await scene.refused('carol', one), 'approval_stale');
  await scene.approve('bob', narrow);
  assert.equal((await scene.approve('carol', narrow)).status, 'active');
  const other = await scene.give('dan');
  const expiresAt = scene.bed.clock.now() + HOUR;
  const short = await scene.bed.ok('alice', 'delegation.narrow', { id: other.id, expiresAt });
  assert.deepEqual([short.status, short.proposal], ['active', null], 'nothing is asked of it any more');
  const third = await scene.give('dan');
  const byRoot = await scene.bed.ok('root', 'delegation.narrow', {
    id: third.id,
    scope: { definitions: [] },
  });
  assert.deepEqual(
    [third.proposal?.proposedBy, byRoot.proposal?.proposedBy],
    ['passport_alice', 'passport_root'],
  );
  await scene.bed.ok('root', 'participant.update', {
    id: 'passport_root',
    roles: ['administrator', 'security'],
  });
  assert.equal(await scene.refused('root', byRoot), 'separation_of_duties', 'who has changed it');
});

test('it goes up when its time is over, and ends after that; it never approves itself', async (context) => {
  const scene = await Scene.open(context, LENT);
  const { bed } = scene;
  const one = await scene.give('robot');
  const reached = async (status: string, from: number) =>
    bed.until(async () => {
      const { status: is, proposal } = await scene.get(one.id);
      return is === status && proposal?.approvals[0]?.from.length === from;
    });
  bed.clock.move(8 * HOUR - 1);
  assert.equal(await scene.refused('chief', one), 'not_eligible');
  bed.clock.move(1);
  await reached('proposed', 2);
  assert.equal(await scene.acting(one), 'delegation_inactive');
  bed.clock.move(8 * HOUR);
  await reached('expired', 2);
  for (const who of ['carol', 'chief']) assert.equal(await scene.refused(who, one), 'delegation_status');
  assert.equal(await bed.no('alice', 'delegation.unpause', { id: one.id }), 'delegation_status');
  assert.equal(await scene.acting(one), 'delegation_inactive');
  assert.deepEqual((await scene.entries(one.id)).slice(1), [
    ['delegation.escalated', 'system:humanos', 'deadline'],
    ['delegation.expired', 'system:humanos', 'deadline'],
  ]);
  const two = await scene.give('robot', { expiresAt: bed.clock.now() + HOUR });
  bed.clock.move(HOUR);
  await bed.until(async () => (await scene.get(two.id)).status === 'expired');
});

test('what is overdue is not approved, also before that is written', async (context) => {
  const scene = await Scene.open(context, { ...LENT, escalate: [] });
  scene.bed.clock.after = () => () => {};
  const one = await scene.give('robot');
  scene.bed.clock.move(8 * HOUR);
  assert.equal(await scene.refused('carol', one), 'delegation_status');
  assert.equal((await scene.get(one.id)).status, 'proposed');
});

test('what fell due while no server ran is over when one starts', async () => {
  const bed = await Testbed.open(...PEOPLE);
  await bed.adopt({ policy: { ...LENT, escalate: [] } });
  const { id } = await bed.ok('alice', 'delegation.create', { to: 'passport_robot' });
  await bed.close();
  const later = new Testbed(bed.store);
  later.clock.move(8 * HOUR);
  await later.runtime.start();
  later.clock.move(0);
  await later.until(async () => (await later.ok('root', 'delegation.get', { id })).status === 'expired');
  await later.close();
});

test('one rejection ends it, and who gave it can take it back', async (context) => {
  const scene = await Scene.open(context, LENT);
  const one = await scene.give('robot');
  const rejected = await scene.bed.ok('carol', 'delegation.reject', { id: one.id, reason: 'too much' });
  assert.deepEqual(
    [rejected.status, rejected.proposal?.decidedBy, rejected.proposal?.decision],
    ['rejected', 'passport_carol', 'too much'],
  );
  assert.equal(await scene.refused('officer', one), 'delegation_status');
  assert.equal(await scene.acting(one), 'delegation_inactive');
  assert.deepEqual((await scene.bed.ok('officer', 'delegation.list', { awaits: 'me' })).rows, []);
  const two = await scene.give('robot');
  await scene.bed.ok('alice', 'delegation.revoke', { id: two.id });
  assert.equal(await scene.refused('carol', two), 'delegation_status');
  const plain = await scene.give('dan');
  assert.equal(await scene.bed.no('carol', 'delegation.reject', { id: plain.id }), 'delegation_status');
});

test('nothing rests on what is proposed, and it is not suspended and let go on instead of approved', async (context) => {
  const scene = await Scene.open(context, { ...LENT, when: 'delegation.depth == 1' });
  const one = await scene.give('dan');
  const passOn = { to: 'passport_chief', under: one.id };
  assert.equal(await scene.bed.no('dan', 'delegation.create', passOn), 'delegation_inactive');
  for (const name of ['pause', 'unpause'] as const)
    assert.equal(await scene.bed.no('alice', `delegation.${name}`, { id: one.id }), 'delegation_status');
});

test('what policies say has to hold when the last approval is given as well', async (context) => {
  const scene = await Scene.open(context, LENT);
  const one = await scene.give('robot');
  await scene.bed.ok('officer', 'organisation.emergency_stop', { reason: 'smoke' });
  assert.equal(await scene.refused('carol', one), 'emergency_stop');
  await scene.bed.ok('officer', 'organisation.lift_emergency_stop', { reason: 'over' });
  await scene.bed.ok('root', 'organisation.lift_emergency_stop', { reason: 'over' });
  await scene.bed.adopt({ policy: { ...LENT, id: 'more', from: 'role:chief' } });
  assert.equal(await scene.refused('carol', one), 'approval_insufficient');
  await scene.bed.adopt({ retire: 'more' });
  await scene.bed.adopt({ policy: { id: 'brief', on: 'delegate', effect: 'limit', duration: '1d' } });
  const held = await scene.approve('carol', one);
  assert.equal(held.expiresAt, scene.bed.clock.now() + 24 * HOUR, 'as policies narrow it by then');
  const two = await scene.give('robot');
  await scene.bed.adopt({ policy: { id: 'none', on: 'delegate', effect: 'deny' } });
  assert.equal(await scene.refused('carol', two), 'policy_denied');
  await scene.bed.ok('root', 'participant.suspend', { id: 'passport_robot' });
  assert.equal(await scene.refused('carol', two), 'delegation_unfit');
});

test('what is left to people is made by one; what the profile asks is asked', async (context) => {
  const scene = await Scene.open(context, {
    id: 'by-people',
    on: 'delegate',
    effect: 'route_to_human',
    to: 'role:chief',
  });
  assert.equal(await scene.bed.no('robot', 'delegation.create', { to: 'passport_drone' }), 'human_required');
  assert.equal((await scene.give('robot')).status, 'active');
  const profile = { autonomy: 'paranoid', approval: { from: 'role:chief' } };
  await scene.bed.adopt({ profile });
  const one = await scene.give('robot');
  assert.deepEqual([one.status, one.proposal?.reasons[0]?.code], ['proposed', 'to_agent']);
  assert.equal((await scene.approve('chief', one)).status, 'active');
  assert.equal((await scene.give('dan')).status, 'active');
});
