import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actor, play, record, sequenceOf, task, type Play } from '../../../test/engine-kit/index.ts';
import { bounded, capsBy } from '../../../test/policy-kit/boundaries.ts';
import { facts, policies, rule } from '../../../test/policy-kit/index.ts';
import type { Task } from '../index.ts';

const MINUTE = 60_000;
const AGENT = actor('passport_agent');
const SET = policies({ id: 'short', on: 'task.start', effect: 'limit', duration: '30m' });

/** Of policies that only cap what somebody begins with. */
const CAPPED = bounded({
  rule: ({ point }) => (point === 'task.start' ? rule(SET, point, facts(point)) : null),
  capsFor: () => capsBy(SET),
});
const capped = (): { readonly run: Play; readonly found: Task } => {
  const run = play(sequenceOf([task({ compensate: task({ by: 'human' }) })]));
  run.routing = { boundaries: CAPPED };
  return { run, found: run.task('a.do') };
};
const set = (run: Play, deadline: number | null): string[] =>
  run.do({ type: 'task.set', task: run.task('a.do').id, deadline }, AGENT);

test('whoever has begun with a task has no more time than the policy says, whatever is set since (CAPPED-1)', () => {
  const { run, found } = capped();
  run.take(found);
  const most = run.now + 30 * MINUTE;
  assert.equal(found.deadline, most);
  run.now += 10 * MINUTE;
  for (const wanted of [null, run.now + 600 * MINUTE]) {
    set(run, wanted);
    assert.equal(found.deadline, most, 'measured from the start');
  }
  set(run, most - MINUTE);
  assert.equal(found.deadline, most - MINUTE, 'less is taken');
});

test('nor has whoever puts it aside meanwhile', () => {
  const { run, found } = capped();
  const held = run.take(found);
  const most = found.deadline;
  run.do({ type: 'task.suspend', ...held }, AGENT);
  set(run, null);
  assert.equal(found.deadline, most);
  run.do({ type: 'task.resume', ...held }, AGENT);
  assert.deepEqual(run.pass(30 * MINUTE), ['task.failed', 'run.failed']);
});

test('nor has whoever begins with it because routing gives it to them', () => {
  const { run, found } = capped();
  const placement = { kind: 'assigned', to: 'passport_y', begin: true } as const;
  run.routing = { ...run.routing, route: () => ({ placement, explanation: null }) };
  run.do({ type: 'task.decline', task: found.id, participant: 'passport_x' });
  assert.deepEqual([found.status, found.deadline], ['in_progress', run.now + 30 * MINUTE]);
});

test('before somebody begins, and of its priority, all is taken as it is', () => {
  const { run, found } = capped();
  const later = run.now + 600 * MINUTE;
  set(run, later);
  assert.equal(found.deadline, later);
  run.take(found);
  assert.deepEqual(run.do({ type: 'task.set', task: found.id, priority: 9 }, AGENT), ['task.set']);
});

test('what is begun again after it was undone is held to the time of the policy too', () => {
  const { run, found } = capped();
  const held = run.take(found);
  run.do({ type: 'task.restart', ...held, recovery: 'compensate', begins: true }, actor('passport_maria'));
  run.pass(60 * MINUTE);
  assert.deepEqual([found.status, found.deadline], ['suspended', null]);
  run.complete(run.task('a.do.compensate'), null, 'passport_lea');
  assert.deepEqual([found.status, found.deadline], ['in_progress', run.now + 30 * MINUTE]);
});

test('what is spent in another currency is more than the policy lets anybody spend (CAPPED-1)', () => {
  const cap = (currency: string) =>
    policies({ id: 'cap', on: 'task.start', effect: 'limit', cost: { amount: 5, currency } });
  for (const [currency, failure] of [
    ['USD', undefined],
    ['EUR', 'limit_cost'],
  ] as const) {
    const run = play(sequenceOf([task()], { limits: { cost: { amount: 100, currency: 'USD' } } }));
    run.routing = { boundaries: bounded({ capsFor: () => capsBy(cap(currency)) }) };
    const held = run.take(run.task('a.do'));
    run.do({ type: 'task.progress', ...held, usage: { tokens: 0, cost: 1 } }, AGENT);
    assert.equal(run.current.failure?.code, failure);
  }
});

test('what is begun is held to what was said then; without that, to what is said now, as by other policies (CAPPED-1)', () => {
  const says = {
    capsFor: () => capsBy(policies({ id: 'cap', on: 'task.start', effect: 'limit', tokens: 5 })),
  };
  for (const [then, now, heldTo, failure] of [
    [says, {}, 1, 'limit_tokens'],
    [says, {}, 2, undefined],
    [{}, says, 1, 'limit_tokens'],
  ] as const) {
    const run = play(sequenceOf([task()]));
    run.routing = { boundaries: bounded(then) };
    const held = run.take(run.task('a.do'));
    run.routing = { boundaries: bounded({ ...now, heldTo: () => heldTo }) };
    run.do({ type: 'task.progress', ...held, usage: { tokens: 6, cost: 0 } }, AGENT);
    assert.equal(run.current.failure?.code, failure);
  }
});

test('whoever has used too much has failed for good also where they say that they have failed, with what they say (CAPPED-1)', () => {
  const cap = policies({ id: 'cap', on: 'task.start', effect: 'limit', tokens: 5 });
  const run = play(sequenceOf([task({ retry: { attempts: 3 } })]));
  run.routing = { boundaries: bounded({ capsFor: () => capsBy(cap) }) };
  const failing = (tokens: number): void => {
    const held = run.take(run.task('a.do'));
    const usage = { tokens, cost: 0 };
    run.do({ type: 'task.fail', ...held, code: 'broke', message: 'It broke.', usage }, AGENT);
  };
  failing(5);
  run.pass(60 * MINUTE);
  assert.equal(run.task('a.do').attempt, 2, 'within it others try');
  failing(6);
  assert.equal(run.current.failure?.code, 'limit_tokens');
  assert.match(run.current.failure?.message ?? '', /cap@1.*It broke/);
  assert.equal(run.current.usage.tokens, 11);
});

test('what a system does not confirm has failed for good where it cost too much to ask (CAPPED-1)', () => {
  const cap = policies({ id: 'cap', on: 'task.start', effect: 'limit', tokens: 5 });
  const run = play(sequenceOf([record({ retry: { attempts: 3 }, verify: true })]));
  run.routing = { boundaries: bounded({ capsFor: () => capsBy(cap) }) };
  run.complete(run.task('a.do'), { tx: 1 });
  const held = run.take(run.task('a.do'));
  const usage = { tokens: 6, cost: 0 };
  run.do({ type: 'task.complete', ...held, output: false, usage }, AGENT);
  assert.equal(run.current.failure?.code, 'limit_tokens');
  assert.match(run.current.failure?.message ?? '', /does not confirm/);
});
