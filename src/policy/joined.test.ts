import assert from 'node:assert/strict';
import { test } from 'node:test';
import { facts, policies, rule } from '../../test/policy-kit/index.ts';
import { joinRulings, onHuman, verdictAfter, type Ruling } from './index.ts';

const at = (on: 'task.assign' | 'task.start', ...effects: readonly object[]): Ruling =>
  rule(
    policies(...effects.map((effect, nth) => ({ id: `${on.slice(5)}-${nth}`, on, ...effect }) as never)),
    on,
    facts(on),
  );
const ROUTE = { effect: 'route_to_human', to: 'role:desk' };
const ASK = { effect: 'require_approval', from: 'role:boss' };
const CAP = { effect: 'limit', tokens: 10 };
const TELL = { effect: 'notify', to: 'role:security' };
const kinds = ({ obligations }: Ruling) => obligations.map(({ kind }) => kind);

test('what either says holds, whichever is the stricter (JOIN-1)', () => {
  const both = joinRulings(at('task.assign', ASK, TELL), at('task.start', ROUTE, CAP));
  assert.deepEqual(
    [both.verdict, kinds(both), both.limits.tokens],
    ['require_approval', ['approval', 'route'], 10],
  );
  assert.deepEqual([both.notifications[0]?.to, both.counts], [['role:security'], true]);
  assert.deepEqual(
    both.reasons.map(({ effect }) => effect),
    ['require_approval', 'route_to_human', 'limit', 'notify'],
  );
  assert.equal(both.authority.id, 'assign-0');
});

test('what counts at one of them alone counts, and its reasons are told beside others of the same code', () => {
  const nothing = at('task.start', { effect: 'notify', to: 'role:security', when: 'task.attempt == 9.0' });
  assert.deepEqual([nothing.verdict, nothing.counts], ['allow', false]);
  assert.equal(joinRulings(at('task.assign', TELL), nothing).counts, true);
  const deny = { effect: 'deny', code: 'closed' };
  assert.deepEqual(
    joinRulings(at('task.assign', deny), at('task.start', deny)).reasons.map(({ policy }) => policy?.id),
    ['assign-0', 'start-0'],
  );
});

test('a denial at either obliges to nothing', () => {
  const both = joinRulings(at('task.assign', ASK), at('task.start', { effect: 'deny' }));
  assert.deepEqual([both.verdict, both.obligations, both.authority.id], ['deny', [], 'start-0']);
});

test('what either has seen is told, of the same fact once', () => {
  const both = joinRulings(
    at('task.assign', { ...ASK, when: 'candidate.kind == "agent" && task.attempt == 1.0' }),
    at('task.start', { ...CAP, when: 'participant.kind == "agent" && task.priority == 5.0' }),
  );
  assert.deepEqual(both.facts, {
    candidate: { kind: 'agent' },
    participant: { kind: 'agent' },
    task: { attempt: 1, priority: 5 },
  });
});

test('what is left to people keeps no human from it, and counts for none', () => {
  const routed = onHuman(at('task.start', ROUTE));
  assert.deepEqual([routed.verdict, routed.obligations, routed.counts], ['allow', [], false]);
  const capped = onHuman(at('task.start', ROUTE, CAP));
  assert.deepEqual([capped.verdict, capped.limits.tokens, capped.counts], ['allow', 10, true]);
  const asked = onHuman(at('task.start', ROUTE, ASK));
  assert.deepEqual([asked.verdict, kinds(asked)], ['require_approval', ['approval']]);
});

test('of what was approved, what is left to people stays so (JOIN-2)', () => {
  const mixed = at('task.start', ROUTE, ASK);
  assert.equal(verdictAfter(mixed, []), 'require_approval');
  assert.equal(verdictAfter(mixed, ['start-1@1']), 'route_to_human');
  assert.equal(verdictAfter(at('task.start', ASK), ['start-0@1']), 'allow');
  assert.equal(verdictAfter(at('task.start', { effect: 'deny' }), ['start-0@1']), 'deny');
});
