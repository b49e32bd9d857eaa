import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Json, JsonObject } from '../definition/index.ts';
import { facts, hashing, NOW, policies, rule } from '../../test/policy-kit/index.ts';
import {
  digestOfCall,
  endGrant,
  FRESH,
  LONGEST_GRANT,
  mayCall,
  readStandingGrant,
  STANDING_GRANT_COMMANDS,
  useGrant,
  type Asking,
  type FactsOf,
  type StandingGrant,
  type StandingGrantState,
  type ToolRequest,
} from './index.ts';

const HOUR = 3_600_000;
const ASK = { id: 'ask', on: 'tool.call', effect: 'require_approval', from: 'role:customer' };
const SET = policies(ASK);

const callOf = (args: Json, changes: JsonObject = {}) => facts('tool.call', { arguments: args, ...changes });
const ARGS = { order: 'A1', amount: 120 };

function asking(given: FactsOf<'tool.call'> = callOf(ARGS), set = SET, call = 'call_1'): Asking {
  const digest = digestOfCall(given.tool.name, given.arguments, hashing);
  return { call, digest, facts: given, ruling: rule(set, 'tool.call', given) };
}
function request(changes: Partial<ToolRequest> = {}): ToolRequest {
  return {
    id: 'request_1',
    status: 'granted',
    digest: digestOfCall('refund', ARGS, hashing),
    tool: 'refund',
    agent: 'passport_bot',
    task: 'run_1/serve.order#1',
    restsOn: ['ask@1'],
    expiresAt: NOW + HOUR,
    call: 'call_1',
    standing: null,
    ...changes,
  };
}
const may = (given: Asking, requests: readonly ToolRequest[] = [], now = NOW) =>
  mayCall(given, { requests, standing: [] }, now);

describe('digest of a call', () => {
  const digest = (tool: string, args: Json): string => digestOfCall(tool, args, hashing);
  test('is over what is called with what, in any order of the members', () => {
    assert.equal(digest('a', { x: 1, y: [2] }), digest('a', { y: [2], x: 1 }));
    const others = [
      digest('b', { x: 1 }),
      digest('a', { x: '1' }),
      digest('a', { x: 1, y: null }),
      digest('a', []),
    ];
    assert.equal(new Set([digest('a', { x: 1 }), ...others]).size, 5);
  });
});

describe('whether an agent may call', () => {
  test('what nothing asks for is free', () => {
    assert.deepEqual(may(asking(callOf(ARGS), policies())), { may: 'call', grant: null });
  });
  test('else an approval is asked for', () => {
    const found = may(asking());
    assert.equal(found.may, 'ask');
    assert.ok(found.may === 'ask' && found.code === 'no_grant');
    assert.deepEqual(found.obligations[0]?.from, ['role:customer']);
  });
  test('once asked, it waits', () => {
    assert.deepEqual(may(asking(), [request({ status: 'waiting', restsOn: [] })]), {
      may: 'wait',
      request: 'request_1',
    });
  });
  test('a grant carries the call', () => {
    assert.deepEqual(may(asking(), [request()]), { may: 'call', grant: 'request', request: 'request_1' });
  });

  const asks: readonly (readonly [string, string, Partial<ToolRequest>, number?])[] = [
    ['other arguments', 'arguments_changed', { digest: 'other', call: 'call_0' }],
    ['a grant whose time is over', 'grant_expired', {}, NOW + HOUR],
    ['a question whose time is over', 'grant_expired', { status: 'waiting' }, NOW + HOUR],
    ['a grant that is used', 'grant_used', { status: 'used', call: 'call_0' }],
    ['a grant under which another call goes on', 'grant_used', { status: 'calling', call: 'call_0' }],
    ['a grant that is for another call', 'no_grant', { call: 'call_0' }],
    ['a question about another call', 'no_grant', { status: 'waiting', call: 'call_0' }],
    [
      'a no to another call with the same arguments',
      'rejected_before',
      { status: 'rejected', call: 'call_0' },
    ],
    ['a grant that was taken back', 'grant_revoked', { status: 'revoked' }],
    ['a rejection', 'rejected_before', { status: 'rejected' }],
    ['a grant that rests on an older version', 'approval_insufficient', { restsOn: ['ask@0'] }],
    ['the grant of another agent', 'no_grant', { agent: 'passport_other' }],
    ['the grant of another task', 'no_grant', { task: 'run_1/serve.order#2' }],
    ['another tool', 'no_grant', { digest: 'other', tool: 'exchange', call: 'call_0' }],
  ];
  for (const [name, code, changes, now] of asks)
    test(`${name}: asks again, ${code}`, () => {
      const found = may(asking(), [request(changes)], now);
      assert.deepEqual([found.may, found.may === 'ask' && found.code], ['ask', code]);
    });

  test('a no counts whatever was granted after it', () => {
    const found = may(asking(), [request({ status: 'rejected', call: 'call_0' }), request({ restsOn: [] })]);
    assert.ok(found.may === 'ask' && found.code === 'rejected_before');
  });
  test('a grant counts only where it covers all that is asked', () => {
    const more = policies(ASK, { ...ASK, id: 'more', from: 'role:auditor' });
    assert.equal(may(asking(callOf(ARGS), more), [request()]).may, 'ask');
    const both = request({ restsOn: ['ask@1', 'more@1'] });
    assert.equal(may(asking(callOf(ARGS), more), [both]).may, 'call');
  });

  const not = (given: Asking, requests: readonly ToolRequest[]): unknown => {
    const found = may(given, requests);
    return found.may === 'not' && found.code;
  };
  test('no grant goes above a denial', () => {
    const denied = policies(ASK, { id: 'no', on: 'tool.call', effect: 'deny', reason: 'Closed.' });
    assert.equal(not(asking(callOf(ARGS), denied), [request()]), 'policy_denied');
    assert.equal(
      not(asking(callOf(ARGS), denied), [request({ status: 'calling', call: 'call_1' })]),
      'policy_denied',
    );
  });
  test('no grant stands in for the human who is to do it', () => {
    const human = policies(ASK, { id: 'h', on: 'tool.call', effect: 'route_to_human', to: 'role:desk' });
    assert.equal(
      not(asking(callOf(ARGS), human), [request({ restsOn: ['ask@1', 'h@1'] })]),
      'human_required',
    );
    const found = may(asking(callOf(ARGS), human));
    assert.match(found.may === 'not' ? found.message : '', /policy h says so/, 'and that is told');
  });
  test('a call that was made is not made again', () => {
    assert.equal(not(asking(), [request({ call: 'call_0' }), request({ status: 'used' })]), 'already_called');
  });
  test('a call that has begun goes on, also when the time is over, and with nothing else', () => {
    const calling = request({ status: 'calling', call: 'call_1' });
    assert.equal(may(asking(), [calling], NOW + 9 * HOUR).may, 'call');
    assert.equal(not(asking(callOf({ order: 'A2' })), [calling]), 'call_differs');
    const human = policies({ id: 'h', on: 'tool.call', effect: 'route_to_human', to: 'role:desk' });
    assert.equal(
      may(asking(callOf(ARGS), human), [calling]).may,
      'call',
      'also when it is left to people since',
    );
  });
});

const GRANT = {
  id: 'small-refunds',
  tool: 'ref*',
  agents: ['passport_bot'],
  when: 'arguments.amount <= 150',
  uses: 3,
  amount: { of: 'arguments.amount', most: 300 },
  within: '2d',
  reason: 'The week of returns.',
};
function grantOf(changes: JsonObject = {}): StandingGrant {
  const read = readStandingGrant({ ...GRANT, ...changes }, { grantedAt: NOW, restsOn: ['ask@1'] });
  assert.ok(read.ok, JSON.stringify(read));
  return read.grant;
}

const { amount: _, ...uncounted } = GRANT;
const UNCOUNTED = grantOf({ ...uncounted, amount: undefined });

describe('standing grants', () => {
  const carried = (
    grant: StandingGrant,
    given = callOf(ARGS),
    {
      state = FRESH,
      now = NOW,
      set = SET,
    }: { state?: StandingGrantState; now?: number; set?: typeof SET } = {},
  ): boolean =>
    mayCall(asking(given, set), { requests: [], standing: [{ grant, state }] }, now).may === 'call';

  test('carry what they are about', () => {
    assert.deepEqual(
      mayCall(asking(), { requests: [], standing: [{ grant: grantOf(), state: FRESH }] }, NOW),
      {
        may: 'call',
        grant: 'standing',
        id: 'small-refunds',
        state: { status: 'active', uses: 1, amount: 120 },
      },
    );
  });

  const not: readonly (readonly [string, () => boolean])[] = [
    ['another tool', () => carried(grantOf({ tool: 'exchange' }))],
    ['a longer name, without a star', () => carried(grantOf({ tool: 'refun' }))],
    ['another agent', () => carried(grantOf({ agents: ['passport_x'] }))],
    ['the constraint is false', () => carried(grantOf(), callOf({ amount: 151 }))],
    ['the constraint has no answer', () => carried(UNCOUNTED, callOf({}))],
    ['the amount has no answer', () => carried(grantOf({ when: 'true' }), callOf({}))],
    ['the amount would give back', () => carried(grantOf({ when: 'true' }), callOf({ amount: -5 }))],
    ['the amount is too large', () => carried(grantOf({ when: 'true' }), callOf({ amount: 301 }))],
    ['too much altogether', () => carried(grantOf(), callOf(ARGS), { state: { ...FRESH, amount: 181 } })],
    ['all uses spent', () => carried(grantOf(), callOf(ARGS), { state: { ...FRESH, uses: 3 } })],
    ['the time is over', () => carried(grantOf(), callOf(ARGS), { now: NOW + 48 * HOUR })],
    ['revoked', () => carried(grantOf(), callOf(ARGS), { state: { ...FRESH, status: 'revoked' } })],
    ['it rests on something else', () => carried({ ...grantOf(), restsOn: ['other@1'] })],
    [
      'each call is decided by itself',
      () => carried(grantOf(), callOf(ARGS), { set: policies({ ...ASK, everyTime: true }) }),
    ],
    [
      'it is denied',
      () =>
        carried(grantOf(), callOf(ARGS), {
          set: policies(ASK, { id: 'n', on: 'tool.call', effect: 'deny' }),
        }),
    ],
  ];
  for (const [name, is] of not) test(`do not: ${name}`, () => assert.equal(is(), false));

  test('end with their amount', () => {
    const used = useGrant(grantOf(), { ...FRESH, amount: 180 }, callOf(ARGS), NOW);
    assert.ok(used.ok);
    assert.deepEqual(used.value, { status: 'exhausted', uses: 1, amount: 300 });
  });

  test('end with their last use', () => {
    const grant = grantOf({ uses: 2 });
    const first = useGrant(grant, FRESH, callOf({ amount: 0.1 }), NOW);
    assert.ok(first.ok);
    const second = useGrant(grant, first.value, callOf({ amount: 0.2 }), NOW);
    assert.ok(second.ok);
    assert.deepEqual(second.value, { status: 'exhausted', uses: 2, amount: 0.3 });
    const third = useGrant(grant, second.value, callOf({ amount: 1 }), NOW);
    assert.ok(!third.ok && third.refusal.code === 'grant_status');
  });

  for (const [status, row] of Object.entries(STANDING_GRANT_COMMANDS))
    for (const command of ['revoke', 'expire'] as const)
      test(`${status}: ${command}`, () => {
        const state = { ...FRESH, status: status as StandingGrantState['status'] };
        const ended = endGrant(grantOf(), state, command, NOW + 48 * HOUR);
        const to = (row as { readonly [command: string]: string })[command];
        if (to === undefined) assert.ok(!ended.ok && ended.refusal.code === 'grant_status');
        else assert.ok(ended.ok && ended.value.status === to);
      });
  test('do not expire early', () => {
    const ended = endGrant(grantOf(), FRESH, 'expire', NOW + 48 * HOUR - 1);
    assert.ok(!ended.ok && ended.refusal.code === 'grant_not_due');
  });

  test('are checked, all at once; seven days are the most', () => {
    const paths = (document: Json): string[] => {
      const read = readStandingGrant(document, { grantedAt: NOW, restsOn: [] });
      return read.ok ? [] : read.problems.map(({ path }) => path).toSorted();
    };
    assert.deepEqual(paths({ ...GRANT, within: '7d' }), []);
    assert.equal(grantOf({ within: '7d' }).expiresAt, NOW + LONGEST_GRANT);
    assert.deepEqual(paths({ ...GRANT, within: '169h' }), ['within']);
    assert.deepEqual(
      paths({ ...GRANT, tool: '*', uses: 0, when: 'x', amount: { of: '"a"', most: -1 }, no: 1 }),
      ['amount.most', 'amount.of', 'no', 'tool', 'uses', 'when'],
    );
    assert.deepEqual(paths('all'), ['']);
  });
});
