import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../definition/index.ts';
import { facts, NOW, organisation, policies, rule } from '../../test/policy-kit/index.ts';
import { holds } from '../../test/properties/settings.ts';
import {
  AUTONOMIES,
  effective,
  evaluate,
  isStricter,
  LIMITS_AT,
  mayCall,
  POINTS,
  type ApprovalObligation,
  type FactsOf,
  type Obligation,
  type Point,
  type Ruling,
  type ToolRequest,
  type ToolRequestStatus,
} from './index.ts';

/** Conditions that can stand at every point: true, false, without an answer, and by the facts. */
const condition = fc.constantFrom(
  undefined,
  'true',
  'false',
  '1 / 0 == 1',
  'now > "2026"',
  'now < "2026"',
  'timestamp(now).getHours() == 10',
);
const party = fc.constantFrom('role:a', 'role:b', 'group:c', 'passport_d');
const parties = fc.uniqueArray(party, { minLength: 1, maxLength: 3 });
const hours = fc.constantFrom('1h', '2h');

const approval = fc
  .record(
    {
      from: fc.constantFrom('role:a', 'role:a', 'group:c').map((one) => [one, 'role:z']),
      quorum: fc.constantFrom(1, 1, 2),
      within: hours,
      escalate: fc.constantFrom<string[]>([], [], ['role:b']),
      distinctFrom: fc.subarray(['initiator', 'contributors', 'a.b']),
      reasonRequired: fc.boolean(),
      everyTime: fc.boolean(),
    },
    { requiredKeys: ['from', 'within'] },
  )
  .map((terms) => ({ ...terms, effect: 'require_approval' }));
const cap = fc.integer({ min: 1, max: 9 });
const caps = fc.record({
  concurrency: cap,
  tasks: cap,
  tokens: cap,
  duration: cap.map((n) => `${n}s`),
  cost: fc.record({ amount: cap, currency: fc.constantFrom('EUR', 'USD') }),
});

const POINTS_WITH_WORK: readonly Point[] = POINTS.filter(
  (point) => point !== 'run.start' && point !== 'delegate',
);
const effects = (on: Point): fc.Arbitrary<JsonObject> => {
  const keys: readonly string[] = LIMITS_AT[on];
  const limit = fc
    .tuple(caps, fc.subarray([...keys], { minLength: Math.min(1, keys.length) }))
    .map(([all, kept]) => ({
      effect: 'limit',
      ...Object.fromEntries(Object.entries(all).filter(([key]) => kept.includes(key))),
    }));
  return fc.oneof(
    fc.constant({ effect: 'deny' }),
    {
      weight: 4,
      arbitrary: approval.map((terms) =>
        POINTS_WITH_WORK.includes(on) ? terms : { ...terms, distinctFrom: ['initiator'] },
      ),
    },
    parties.map((to) => ({ effect: 'route_to_human', to })),
    parties.map((to) => ({ effect: 'notify', to })),
    ...(keys.length > 0 ? [limit] : []),
  );
};
const documentAt = (on: Point): fc.Arbitrary<JsonObject> =>
  fc
    .tuple(condition, effects(on))
    .map(([when, effect]) => ({ on, ...(when === undefined ? {} : { when }), ...effect }));
/** Mostly of one point, so that they meet. */
const documentNear = (point: Point): fc.Arbitrary<JsonObject> =>
  fc.oneof(
    { weight: 4, arbitrary: documentAt(point) },
    fc.constantFrom(...POINTS).chain((other) => documentAt(other)),
  );

const CHANGES: { readonly [P in Point]: readonly JsonObject[] } = {
  'run.start': [{}, { definition: { safety: 'irreversible' } }, { estimate: { tasks: 90 } }],
  'task.assign': [{}, { run: { safety: 'irreversible' } }],
  'task.start': [{}],
  'tool.call': [{}, { tool: { class: 'read_only' } }, { tool: { class: 'reversible' } }],
  'task.complete': [{}, { confidence: null }, { confidence: 0.1 }],
  'record.write': [{}, { record: { guarded: false } }],
  delegate: [{}],
};
const scene = fc.constantFrom(...POINTS).chain((point) =>
  fc.record({
    documents: fc
      .array(documentNear(point), { maxLength: 6 })
      .map((all) => all.map((one, at): JsonObject => ({ id: `p${at}`, ...one }))),
    more: documentNear(point),
    situation: fc.record({
      point: fc.constant(point),
      facts: fc.constantFrom(...CHANGES[point]).map((changes) => facts(point, changes)),
      autonomy: fc.constantFrom(...AUTONOMIES),
    }),
  }),
);
const ask = (
  all: readonly JsonObject[],
  { point, facts, autonomy }: { point: Point; facts: FactsOf<Point>; autonomy: (typeof AUTONOMIES)[number] },
): Ruling => rule(policies(...all), point, facts as never, autonomy);

const includes = (all: readonly string[], some: readonly string[]): boolean =>
  some.every((one) => all.includes(one));
/** Whoever meets the one has met the other. */
const covers = (by: Obligation, what: Obligation): boolean =>
  by.kind === 'route' || what.kind === 'route'
    ? by.kind === what.kind && 'to' in by && 'to' in what && by.to.join() === what.to.join()
    : asStrict(by, what);
const asStrict = (by: ApprovalObligation, what: ApprovalObligation): boolean =>
  by.from.join() === what.from.join() &&
  by.within === what.within &&
  by.escalate.join() === what.escalate.join() &&
  by.quorum >= what.quorum &&
  includes(by.distinctFrom, what.distinctFrom) &&
  (by.reasonRequired || !what.reasonRequired) &&
  (by.everyTime || !what.everyTime);
const ofPolicies = ({ restsOn }: Obligation): boolean => restsOn.some((name) => !name.startsWith('profile:'));
const capsOf = ({ limits }: Ruling): readonly (readonly [string, number])[] => [
  ...(['concurrency', 'tasks', 'tokens', 'duration'] as const).map(
    (key) => [key, limits[key] ?? Infinity] as const,
  ),
  ...['EUR', 'USD'].map((currency) => {
    const cost = limits.cost.find((it) => it.currency === currency);
    return [currency, cost?.amount ?? Infinity] as const;
  }),
];

test('EVAL-1: one more policy never makes a ruling less strict', (t) => {
  const id = fc.constantFrom('before-all', 'z-after-all');
  holds(t, 1500, fc.record({ id, scene }), ({ id, scene: random }) => {
    const before = ask(random.documents, random.situation);
    const after = ask([...random.documents, { id, ...random.more }], random.situation);
    assert.ok(!isStricter(before.verdict, after.verdict), 'the verdict does not fall');
    if (after.verdict !== 'deny')
      for (const obligation of before.obligations.filter(ofPolicies))
        assert.ok(
          after.obligations.some((by) => covers(by, obligation)),
          'what a policy obliges to stays',
        );
    if (after.verdict !== 'deny')
      for (const { kind } of before.obligations)
        assert.ok(
          after.obligations.some((by) => by.kind === kind),
          'nor does what is left to people, or to be approved, become neither',
        );
    if (after.verdict === 'require_approval' || after.verdict === 'route_to_human')
      assert.ok(after.obligations.length > 0, 'somebody is asked');
    const caps = new Map(capsOf(after));
    for (const [key, value] of capsOf(before)) assert.ok(caps.get(key)! <= value, `${key} does not rise`);
    for (const { to } of before.notifications)
      assert.ok(
        after.notifications.some((by) => includes(by.to, to)),
        'who was told is told',
      );
    assert.ok(after.reasons.length >= before.reasons.length);
  });
});

test('EVAL-4: the order of the documents does not matter', (t) => {
  const shuffled = scene.chain(({ documents: all, situation }) =>
    fc.record({
      all: fc.constant(all),
      other: fc.shuffledSubarray(all, { minLength: all.length }),
      situation: fc.constant(situation),
    }),
  );
  holds(t, 500, shuffled, ({ all, other, situation }) => {
    assert.deepEqual(ask(other, situation), ask(all, situation));
  });
});

test('EVAL-2: a condition without an answer counts as one that holds', (t) => {
  holds(t, 500, scene, ({ documents, situation }) => {
    const failing = documents.map((one) => ({ ...one, when: '1 / 0 == 1' }));
    const sure = documents.map((one) => ({ ...one, when: 'true' }));
    const [failed, held] = [ask(failing, situation), ask(sure, situation)];
    assert.equal(failed.verdict, held.verdict);
    assert.deepEqual([failed.obligations, failed.limits], [held.obligations, held.limits]);
    assert.ok(failed.reasons.every(({ failedClosed, policy }) => failedClosed === (policy !== null)));
  });
});

test('EVAL-2: with less work a ruling is as strict, or stricter', (t) => {
  const work = fc.integer({ min: 0, max: 60 });
  holds(t, 500, fc.record({ scene, work }), ({ scene: { documents, situation }, work }) => {
    const { point, facts, autonomy } = situation;
    const set = policies(...documents);
    const asked = (left: number) => evaluate(set, point, facts as never, organisation(autonomy), { left });
    const [little, enough] = [asked(work), asked(1e6)];
    assert.ok(!isStricter(enough.verdict, little.verdict));
    const caps = new Map(capsOf(little));
    for (const [key, value] of capsOf(enough)) assert.ok(caps.get(key)! <= value);
  });
});

test('EVAL-3: policies of other points say nothing, and cost nothing', (t) => {
  holds(t, 300, scene, ({ documents, situation }) => {
    const own = documents.filter(({ on }) => on === situation.point);
    assert.deepEqual(ask(documents, situation), ask(own, situation));
    const { point, facts, autonomy } = situation;
    const spent = (all: readonly JsonObject[]): number => {
      const work = { left: 1e6 };
      evaluate(policies(...all), point, facts as never, organisation(autonomy), work);
      return 1e6 - work.left;
    };
    assert.equal(spent(documents), spent(own));
  });
});

test('an explanation names exactly the policies that the ruling rests on', (t) => {
  holds(t, 300, scene, ({ documents, situation }) => {
    const { point, facts, autonomy } = situation;
    const told = effective(policies(...documents), point, facts as never, organisation(autonomy));
    const applied = told.policies.filter(({ applies }) => applies).map(({ id }) => id);
    const resting = told.ruling.reasons.flatMap(({ policy }) => (policy === null ? [] : [policy.id]));
    assert.deepEqual(resting.toSorted(), applied.toSorted());
    assert.equal(told.policies.length, documents.length);
  });
});

const STATUSES: readonly ToolRequestStatus[] = [
  'waiting',
  'granted',
  'calling',
  'used',
  'rejected',
  'withdrawn',
  'revoked',
  'expired',
];
const request: fc.Arbitrary<ToolRequest> = fc.record({
  id: fc.uuid(),
  status: fc.constantFrom('granted', 'calling', ...STATUSES),
  digest: fc.constantFrom('shown', 'shown', 'changed'),
  tool: fc.constant('refund'),
  agent: fc.constantFrom('passport_bot', 'passport_bot', 'passport_other'),
  task: fc.constantFrom('run_1/serve.order#1', 'run_1/serve.order#1', 'run_1/serve.order#2'),
  restsOn: fc.subarray(['boss@1', 'auditor@1']),
  expiresAt: fc.constantFrom(NOW - 1, NOW, NOW + 1),
  call: fc.constantFrom('call_0', 'call_1', 'call_2'),
  standing: fc.constant(null),
});

test('GATE-1 to 3: no call but on a grant for exactly it, whatever was asked and granted before', (t) => {
  const asks = ['boss', 'auditor'].map((id) => ({
    id,
    on: 'tool.call',
    effect: 'require_approval',
    from: `role:${id}`,
  }));
  const set = fc.subarray(asks, { minLength: 1 });
  let calls = 0;
  holds(t, 1500, fc.record({ requests: fc.array(request, { maxLength: 5 }), set }), ({ requests, set }) => {
    const given = facts('tool.call');
    const ruling = rule(policies(...set), 'tool.call', given);
    const found = mayCall(
      { call: 'call_1', digest: 'shown', facts: given, ruling },
      { requests, standing: [] },
      NOW,
    );
    if (found.may !== 'call') return;
    calls++;
    const grant = requests.find(({ id }) => found.grant === 'request' && id === found.request);
    assert.ok(grant, 'there is a grant');
    assert.deepEqual(
      [grant.digest, grant.agent, grant.task, grant.call],
      ['shown', 'passport_bot', 'run_1/serve.order#1', 'call_1'],
    );
    if (grant.status !== 'calling') {
      assert.equal(grant.status, 'granted');
      assert.ok(grant.expiresAt > NOW);
      assert.ok(set.every(({ id }) => grant.restsOn.includes(`${id}@1`)));
    }
  });
  assert.ok(calls > 0, 'some may');
});
