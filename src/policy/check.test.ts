import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Json, JsonObject } from '../definition/index.ts';
import { readPolicy } from './check.ts';
import { checkPolicy, checkProfile, compilePolicies, LIMITS_AT, POINTS, readProfile } from './index.ts';

const DENY = { id: 'no-refunds', on: 'tool.call', effect: 'deny' };
const APPROVAL = { id: 'a', on: 'tool.call', effect: 'require_approval', from: 'role:boss' };

const found = (document: Json, roles?: ReadonlySet<string>): string[] =>
  checkPolicy(document, roles ? { roles } : {}).map(({ code, path }) => `${code} ${path}`);

describe('a condition of which a part never has an answer', () => {
  const started = (when: string) => ({ id: 'dear', on: 'run.start', when, effect: 'deny' });
  const refused: readonly (readonly [string, RegExp])[] = [
    ['limits.cost > 5', /limits\.cost > 5: .*'>' does not work on an object and int/],
    ['limits.cost != null && estimate.cost > 20', /'>' does not work on an object and int/],
    ['limits.duration > duration("1h")', /'>' does not work on double and google\.protobuf\.Duration/],
  ];
  for (const [when, message] of refused)
    test(`refused, and read where it was adopted before: ${when}`, () => {
      const [problem] = checkPolicy(started(when));
      assert.deepEqual(
        [problem?.code, problem?.severity, problem?.path],
        ['invalid_expression', 'error', 'when'],
      );
      assert.match(problem?.message ?? '', message);
      const source = { document: started(when), version: 1, digest: '' };
      assert.ok(compilePolicies([source], '').ok);
    });
  for (const when of [
    'limits.cost != null && limits.cost.amount > 5',
    'limits.cost == null || limits.tokens > 5',
    'limits.cost == {"amount": 5, "currency": "USD"}',
    'parent != null && parent.safety == "irreversible"',
    'startedBy.owner in [null, "passport_ann"]',
    '(limits.tokens == null ? 0 : limits.tokens) > 5',
    'duration(string(limits.duration) + "ms") > duration("1h")',
  ])
    test(`let be: ${when}`, () => assert.deepEqual(checkPolicy(started(when)), []));
});

describe('a policy is checked', () => {
  const good: readonly JsonObject[] = [
    DENY,
    { ...DENY, when: 'tool.name == "refund"', code: 'no_refunds', reason: 'Refunds are closed.' },
    {
      ...APPROVAL,
      when: 'arguments.amount > 100',
      quorum: 2,
      within: '4h',
      escalate: ['role:cfo'],
      distinctFrom: ['initiator', 'contributors', 'extract.invoice'],
      reasonRequired: true,
      everyTime: true,
    },
    { id: 'r', on: 'task.complete', effect: 'route_to_human', to: 'group:desk', confidenceBelow: 0.9 },
    { id: 'l', on: 'run.start', effect: 'limit', cost: { amount: 5, currency: 'EUR' }, duration: '2h' },
    { id: 'n', on: 'delegate', effect: 'notify', to: ['role:auditor', 'passport_ann'] },
  ];
  for (const document of good)
    test(`fine: ${JSON.stringify(document['effect'])}`, () => assert.deepEqual(found(document), []));

  const bad: readonly (readonly [string, Json, readonly string[]])[] = [
    ['no object', 'deny everything', ['invalid_value ']],
    ['nothing', {}, ['missing ', 'missing ', 'missing ']],
    [
      'an effect that is none',
      { ...DENY, effect: 'forbid', when: 'tol' },
      ['invalid_value effect', 'unknown_name when'],
    ],
    ['a point that is none', { ...DENY, on: 'tool.cal' }, ['invalid_value on']],
    ['a key of another effect', { ...DENY, from: 'role:x' }, ['unknown_key from']],
    ['a key that is none', { ...DENY, wen: 'true' }, ['unknown_key wen']],
    ['an id that is none', { ...DENY, id: 'a b' }, ['invalid_value id']],
    ['a fact of another point', { ...DENY, when: 'confidence < 0.5' }, ['unknown_name when']],
    ['a value that never is', { ...DENY, when: 'tool.class == "write"' }, ['unknown_name when']],
    ['no condition', { ...DENY, when: 'tool.name' }, ['wrong_result when']],
    ['no limit', { id: 'l', on: 'run.start', effect: 'limit' }, ['missing ']],
    [
      'a limit without meaning',
      { id: 'l', on: 'tool.call', effect: 'limit', tasks: 3 },
      ['invalid_value tasks'],
    ],
    ['confidence elsewhere', { ...DENY, confidenceBelow: 0.5 }, ['invalid_value confidenceBelow']],
    ['too few people', { ...APPROVAL, from: ['passport_a'], quorum: 2 }, ['quorum_unreachable quorum']],
    ['the same twice', { ...APPROVAL, from: ['role:a', 'role:a'] }, ['duplicate_value from[1]']],
    ['nobody', { ...APPROVAL, from: [] }, ['limit_exceeded from']],
    ['an escalation that never is', { ...APPROVAL, escalate: 'role:cfo' }, ['invalid_value escalate']],
    ['distinct from nonsense', { ...APPROVAL, distinctFrom: 'me' }, ['invalid_value distinctFrom']],
    [
      'distinct from who has done nothing yet',
      { ...APPROVAL, on: 'run.start', distinctFrom: ['initiator', 'contributors'] },
      ['invalid_value distinctFrom[1]'],
    ],
    ['half of a character', { ...DENY, reason: '\ud800' }, ['invalid_value reason']],
    [
      'all at once',
      { ...APPROVAL, within: 'soon', quorum: 0, when: 'x', frm: 1 },
      ['invalid_value within', 'limit_exceeded quorum', 'unknown_key frm', 'unknown_name when'],
    ],
  ];
  for (const [name, document, expected] of bad)
    test(`refused: ${name}`, () => assert.deepEqual(found(document).toSorted(), expected.toSorted()));

  test('words say what is meant', () => {
    const say = (document: JsonObject): string =>
      checkPolicy(document)
        .map(({ message }) => message)
        .join('\n');
    assert.match(say({ ...DENY, effect: 'denny' }), /Did you mean 'deny'/);
    assert.match(say({ ...DENY, on: 'tool.cal' }), /Did you mean 'tool.call'/);
    assert.match(say({ id: 'x', effect: 'deny' }), /'on' is missing. It says at which point/);
    assert.match(say({ ...APPROVAL, quorun: 2 }), /Did you mean 'quorum'/);
  });

  test('is not there to be used where something is wrong with it', () => {
    assert.equal(readPolicy({ ...DENY, when: 'nonsense' }).policy, null);
    assert.equal(readPolicy({ ...DENY, when: 'false' }).policy?.document.id, 'no-refunds');
  });

  test('a role that does not exist', () => {
    assert.deepEqual(found(APPROVAL, new Set(['bos'])), ['unknown_role from']);
    assert.deepEqual(found(APPROVAL, new Set(['boss'])), []);
  });

  test('a condition that is never true is a warning', () => {
    assert.deepEqual(
      checkPolicy({ ...DENY, when: '1 > 2' }).map(({ severity, code }) => [severity, code]),
      [['warning', 'unreachable']],
    );
  });

  test('each cap can be limited exactly where it means something', () => {
    const caps = {
      concurrency: 2,
      tasks: 2,
      tokens: 2,
      cost: { amount: 1, currency: 'USD' },
      duration: '1h',
    };
    for (const on of POINTS)
      for (const [key, value] of Object.entries(caps)) {
        const allowed = (LIMITS_AT[on] as readonly string[]).includes(key);
        assert.equal(
          found({ id: 'l', on, effect: 'limit', [key]: value }).length === 0,
          allowed,
          `${on} ${key}`,
        );
      }
  });
});

describe('a set', () => {
  const source = (document: Json) => ({ document, version: 1, digest: 'd' });

  test('is made whole or not at all', () => {
    const made = compilePolicies([source(DENY), source({ ...APPROVAL, quorum: 0 })], 'set');
    assert.ok(!made.ok);
    assert.deepEqual(
      made.problems.map(({ policy, path }) => [policy, path]),
      [['a', 'quorum']],
    );
  });

  test('has one version of each policy', () => {
    const made = compilePolicies([source(DENY), source(DENY)], 'set');
    assert.ok(!made.ok);
    assert.equal(made.problems[0]?.code, 'duplicate_id');
  });

  test('never changes', () => {
    const made = compilePolicies([source(DENY)], 'set');
    assert.ok(made.ok);
    assert.throws(() => Object.assign(made.set, { digest: 'other' }));
    assert.throws(() => Object.assign(made.set.policies, { length: 0 }));
    assert.throws(() => Object.assign(made.set.at['tool.call'][0]!, { version: 2 }));
  });
});

describe('a profile', () => {
  test('has defaults', () => {
    const read = readProfile({ autonomy: 'balanced', approval: { from: 'role:boss' } }, 3);
    assert.ok(read.ok);
    assert.deepEqual([read.profile.confidence, read.profile.humans], [0.7, ['role:boss']]);
  });

  test('says all that is wrong with it', () => {
    const read = readProfile({ autonomy: 'brave', approval: { quorum: 0 }, confidence: 2 }, 1);
    assert.ok(!read.ok);
    assert.deepEqual(read.problems.map(({ path }) => path).toSorted(), [
      'approval',
      'approval.quorum',
      'autonomy',
      'confidence',
    ]);
    assert.equal(readProfile(null, 1).ok, false);
  });

  test('its approval is checked as that of a policy is; one that was adopted before is read as it is', () => {
    const profile = {
      autonomy: 'balanced',
      approval: { from: ['passport_ann', 'passport_ann'], quorum: 2, escalate: 'role:cto' },
      humans: ['role:boss', 'role:boss'],
    };
    assert.deepEqual(
      checkProfile(profile).map(({ code, path }) => [code, path]),
      [
        ['quorum_unreachable', 'approval.quorum'],
        ['invalid_value', 'approval.escalate'],
        ['duplicate_value', 'approval.from[1]'],
        ['duplicate_value', 'humans[1]'],
      ],
    );
    assert.ok(readProfile(profile, 1).ok);
    assert.deepEqual(checkProfile({ autonomy: 'balanced', approval: { from: 'role:boss', quorum: 2 } }), []);
    assert.equal(checkProfile({ autonomy: 'balanced' }).length, 1);
    const approval = { from: 'role:a', within: '1h', escalate: 'role:b' };
    assert.deepEqual(
      checkProfile({ autonomy: 'balanced', approval, humans: 'role:c' }, { roles: new Set() }).map(
        ({ code, path }) => [code, path],
      ),
      [
        ['unknown_role', 'approval.from'],
        ['unknown_role', 'approval.escalate'],
        ['unknown_role', 'humans'],
      ],
    );
  });
});
