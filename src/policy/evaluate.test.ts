import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '../definition/index.ts';
import { facts, organisation, PLAIN, policies, rule } from '../../test/policy-kit/index.ts';
import {
  effective,
  evaluate,
  POINTS,
  simulate,
  STOPPED,
  tighten,
  unquoted,
  whyOf,
  type EmergencyStop,
} from './index.ts';

const approval = (id: string, from: string, more: object = {}) => ({
  id,
  on: 'tool.call',
  effect: 'require_approval',
  from,
  ...more,
});
const deny = { id: 'deny', on: 'tool.call', effect: 'deny', code: 'closed', reason: 'The shop is closed.' };
const route = { id: 'route', on: 'tool.call', effect: 'route_to_human', to: 'role:desk' };

describe('the strictest holds', () => {
  test('deny over approval over a human over allow', () => {
    const ladder = [
      { id: 'n', on: 'tool.call', effect: 'notify', to: 'role:x' },
      route,
      approval('a', 'role:boss'),
      deny,
    ];
    const verdicts = ladder.map((_, at) => rule(policies(...ladder.slice(0, at + 1)), 'tool.call').verdict);
    assert.deepEqual(verdicts, ['allow', 'route_to_human', 'require_approval', 'deny']);
  });

  test('what is let rests on the profile, also where a policy caps it or tells somebody', () => {
    const on = 'run.start';
    const set = policies(
      { id: 'l', on, effect: 'limit', tasks: 9 },
      { id: 'n', on, effect: 'notify', to: 'role:x' },
    );
    assert.equal(rule(set, on).authority.id, 'profile:aggressive');
  });

  test('several reasons are told one after the other, each with an end', () => {
    const two = rule(
      policies(
        { ...deny, id: 'a', reason: 'No refunds' },
        { ...deny, id: 'b' },
        { ...deny, id: 'c', reason: 'Ask Ann' },
      ),
      'tool.call',
    );
    assert.equal(whyOf(two), 'No refunds. The shop is closed. Ask Ann');
  });

  test('a denial obliges to nothing, and still tells who is to know', () => {
    const ruling = rule(
      policies(deny, approval('a', 'role:boss'), {
        id: 'n',
        on: 'tool.call',
        effect: 'notify',
        to: 'role:x',
      }),
      'tool.call',
    );
    assert.deepEqual(ruling.obligations, []);
    assert.deepEqual(ruling.notifications, [{ to: ['role:x'], restsOn: ['n@1'] }]);
    assert.deepEqual(
      ruling.reasons.map(({ code, effect, policy }) => [code, effect, policy?.id, policy?.version]),
      [
        ['closed', 'deny', 'deny', 1],
        ['a', 'require_approval', 'a', 1],
        ['n', 'notify', 'n', 1],
      ],
    );
    assert.deepEqual(ruling.authority, { kind: 'policy', id: 'deny', version: '1' });
  });

  test('approvals add up, and a human beside them', () => {
    const { verdict, obligations } = rule(
      policies(approval('b', 'role:boss'), approval('a', 'role:auditor', { quorum: 2 }), route),
      'tool.call',
    );
    assert.equal(verdict, 'require_approval');
    assert.deepEqual(
      obligations.map((it) => [it.kind, it.kind === 'approval' ? it.from : it.to, it.restsOn]),
      [
        ['approval', ['role:auditor'], ['a@1']],
        ['approval', ['role:boss'], ['b@1']],
        ['route', ['role:desk'], ['route@1']],
      ],
    );
  });

  test('what is asked of the same people in the same time is asked once, as strictly as the strictest', () => {
    const { obligations } = rule(
      policies(
        approval('a', 'role:boss', { within: '4h', quorum: 2, distinctFrom: 'initiator' }),
        approval('b', 'role:boss', { within: '4h', reasonRequired: true, distinctFrom: 'contributors' }),
        approval('c', 'role:boss', { within: '4h', escalate: 'role:cfo' }),
      ),
      'tool.call',
    );
    assert.deepEqual(obligations, [
      {
        kind: 'approval',
        from: ['role:boss'],
        quorum: 1,
        within: 4 * 3_600_000,
        escalate: ['role:cfo'],
        distinctFrom: [],
        reasonRequired: false,
        everyTime: false,
        restsOn: ['c@1'],
      },
      {
        kind: 'approval',
        from: ['role:boss'],
        quorum: 2,
        within: 4 * 3_600_000,
        escalate: [],
        distinctFrom: ['contributors', 'initiator'],
        reasonRequired: true,
        everyTime: false,
        restsOn: ['a@1', 'b@1'],
      },
    ]);
  });

  test('of caps the tightest holds, each currency by itself', () => {
    const limit = (id: string, more: object) => ({ id, on: 'run.start', effect: 'limit', ...more });
    const { limits, verdict } = rule(
      policies(
        limit('a', { tasks: 20, concurrency: 3, cost: { amount: 5, currency: 'USD' } }),
        limit('b', { tasks: 10, duration: '1h', cost: { amount: 2, currency: 'USD' } }),
        limit('c', { tasks: 50, tokens: 1000, cost: { amount: 1, currency: 'EUR' } }),
      ),
      'run.start',
    );
    assert.equal(verdict, 'allow');
    assert.deepEqual(limits, {
      concurrency: 3,
      tasks: 10,
      tokens: 1000,
      cost: [
        { amount: 1, currency: 'EUR' },
        { amount: 2, currency: 'USD' },
      ],
      duration: 3_600_000,
    });
    const own = { concurrency: 8, tasks: 5, tokens: null, cost: null, duration: null };
    assert.deepEqual(tighten(own, limits), {
      ok: false,
      code: 'limit_currency',
      message: 'The cost is capped in EUR and USD, which do not compare. Cap it in one currency.',
    });
    const cost = [{ amount: 2, currency: 'USD' }];
    assert.deepEqual(tighten({ ...own, cost: { amount: 9, currency: 'USD' } }, { ...limits, cost }), {
      ok: true,
      limits: { concurrency: 3, tasks: 5, tokens: 1000, cost: cost[0], duration: 3_600_000 },
    });
    const mine = { ...own, tokens: 2000, duration: 1000, cost: { amount: 1, currency: 'USD' } };
    assert.deepEqual(tighten(mine, { ...limits, cost }), {
      ok: true,
      limits: { concurrency: 3, tasks: 5, tokens: 1000, cost: mine.cost, duration: 1000 },
    });
    const other = tighten({ ...own, cost: { amount: 9, currency: 'JPY' } }, { ...limits, cost });
    assert.equal(!other.ok && other.code, 'limit_currency', 'one policy, in another currency');
  });
});

describe('conditions', () => {
  test('a policy applies where its condition holds, at its point', () => {
    const set = policies({ ...deny, when: 'arguments.amount > 100' });
    assert.equal(rule(set, 'tool.call').verdict, 'deny');
    assert.equal(rule(set, 'tool.call', facts('tool.call', { arguments: { amount: 5 } })).verdict, 'allow');
    assert.equal(rule(set, 'record.write').verdict, 'allow');
  });

  test('a condition that has no answer counts, and says so', () => {
    const set = policies({ ...deny, when: 'arguments.amount > 100' });
    const ruling = rule(set, 'tool.call', facts('tool.call', { arguments: {} }));
    assert.equal(ruling.verdict, 'deny');
    assert.equal(ruling.reasons[0]?.failedClosed, true);
    assert.match(ruling.reasons[0]?.message ?? '', /closed.*has no answer.*has no 'amount'/);
  });

  test('who is not to see the facts is told the reasons, and nothing that a condition came upon', () => {
    const set = policies(deny, approval('a', 'role:boss', { when: 'arguments.amount > "secret"' }));
    const ruling = unquoted(rule(set, 'tool.call'));
    assert.deepEqual(
      ruling.reasons.map(({ message }) => message),
      ['The shop is closed.', 'The condition of policy a has no answer, so it counts.'],
    );
    assert.deepEqual(ruling.facts, {});
  });

  test('when no work is left, what is left to ask counts', () => {
    const set = policies(
      { ...approval('a', 'role:boss'), when: 'arguments.items.exists(x, x == 0)' },
      { ...deny, id: 'b', when: 'false' },
    );
    const given = facts('tool.call', { arguments: { items: Array.from({ length: 10_000 }, () => 1) } });
    const asked = (left: number) => evaluate(set, 'tool.call', given, organisation('aggressive'), { left });
    assert.equal(asked(1_000_000).verdict, 'allow');
    const ruling = asked(1000);
    assert.equal(ruling.verdict, 'deny');
    assert.match(ruling.reasons[0]?.message ?? '', /too expensive/);
  });

  test('the ledger keeps the facts that were read, and no others', () => {
    const set = policies({
      ...deny,
      when: 'tool.name == "refund" && arguments.amount > 100 && has(run.cost)',
    });
    const { counts, facts: kept } = rule(set, 'tool.call');
    assert.equal(counts, true);
    assert.deepEqual(kept, { tool: { name: 'refund' }, arguments: { amount: 120 }, run: { cost: 0.4 } });
    const whole = policies({ ...deny, when: 'arguments.amount > 100 && size(arguments) > 1' });
    const given = facts('tool.call', { arguments: Object.freeze({ amount: 120, order: 'A1' }) });
    assert.deepEqual(rule(whole, 'tool.call', given).facts, { arguments: { amount: 120, order: 'A1' } });
    const quiet = rule(policies({ ...deny, when: 'arguments.amount > 1000' }), 'tool.call');
    assert.deepEqual([quiet.counts, quiet.facts], [false, {}]);
  });

  test('confidence: agents that are less sure or do not say, never people or systems', () => {
    const set = policies({
      id: 'sure',
      on: 'task.complete',
      effect: 'route_to_human',
      to: 'role:desk',
      confidenceBelow: 0.95,
    });
    const verdict = (changes: object) =>
      rule(set, 'task.complete', facts('task.complete', { ...changes })).verdict;
    assert.equal(verdict({ confidence: 0.94 }), 'route_to_human');
    assert.deepEqual(rule(set, 'task.complete', facts('task.complete', { confidence: 0.94 })).facts, {
      confidence: 0.94,
      participant: { kind: 'agent' },
    });
    assert.equal(verdict({ confidence: 0.95 }), 'allow');
    assert.equal(verdict({ confidence: null }), 'route_to_human');
    assert.equal(verdict({ confidence: null, participant: { kind: 'human' } }), 'allow');
    assert.equal(verdict({ confidence: null, participant: { kind: 'system' } }), 'allow');
  });
});

describe('the emergency stop', () => {
  test('lets in what is finished, and lets nothing begin', () => {
    assert.deepEqual(
      POINTS.filter((point) => !STOPPED[point]),
      ['task.complete'],
    );
  });

  const on: EmergencyStop = { state: 'on', by: 'passport_ann', reason: 'money is missing', at: 0 };
  for (const point of POINTS) {
    test(`${point} is ${STOPPED[point] ? 'denied' : 'let in'}`, () => {
      for (const emergencyStop of [on, { state: 'unknown' } as const]) {
        const { profile } = organisation('aggressive');
        const { verdict, reasons, counts } = evaluate(policies(), point, PLAIN[point], {
          profile,
          emergencyStop,
        });
        assert.equal(verdict, STOPPED[point] ? 'deny' : 'allow');
        if (!STOPPED[point]) continue;
        assert.equal(counts, true);
        assert.match(reasons[0]?.code ?? '', /^emergency_stop/);
      }
    });
  }
});

describe('explanations', () => {
  const set = policies(
    { ...deny, id: 'a', when: 'arguments.amount > 1000' },
    { ...deny, id: 'b', when: 'arguments.missing' },
    approval('c', 'role:boss'),
    { ...deny, id: 'd', on: 'record.write' },
  );

  test('say of each policy whether it applies, and why', () => {
    const told = effective(set, 'tool.call', PLAIN['tool.call'], organisation('balanced'));
    assert.deepEqual(
      told.policies.map(({ id, applies, why }) => [id, applies, why]),
      [
        ['a', false, 'when_false'],
        ['b', true, 'failed'],
        ['c', true, 'always'],
        ['d', false, 'other_point'],
      ],
    );
    assert.deepEqual(
      told.profile.rows.filter(({ applies }) => applies).map(({ code }) => code),
      ['consequential_call'],
    );
    assert.deepEqual(told.ruling, evaluate(set, 'tool.call', PLAIN['tool.call'], organisation('balanced')));
  });

  test('of a simulation tell what would change', () => {
    const history = [
      { point: 'tool.call' as const, facts: facts('tool.call', { arguments: { amount: 50 } }) },
      { point: 'tool.call' as const, facts: facts('tool.call', { arguments: { amount: 500 } }) },
      { point: 'record.write' as const, facts: PLAIN['record.write'] },
    ];
    const trial = (...documents: readonly JsonObject[]) => ({
      set: policies(...documents),
      organisation: { ...organisation('aggressive'), emergencyStop: { state: 'unknown' as const } },
    });
    const before = trial(approval('a', 'role:boss', { when: 'arguments.amount > 100' }));
    const after = trial(approval('a', 'role:chief', { when: 'arguments.amount > 100' }), {
      ...deny,
      id: 'b',
      on: 'record.write',
    });
    const made = simulate(after, history, before);
    assert.deepEqual(made.verdicts, { allow: 1, route_to_human: 0, require_approval: 1, deny: 1 });
    assert.deepEqual(
      made.differences.map(({ at, change }) => [at, change]),
      [
        [1, 'terms'],
        [2, 'stricter'],
      ],
    );
    assert.deepEqual(
      simulate(before, history, after).differences.map(({ change }) => change),
      ['terms', 'looser'],
    );
    assert.deepEqual(simulate(before, history, before).differences, []);
    const renamed = trial(approval('z', 'role:boss', { when: 'arguments.amount > 100' }));
    assert.deepEqual(simulate(renamed, history, before).differences, []);
    assert.equal(made.rulings.length, 3);
  });
});
