import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actor, Play, sequenceOf, task } from '../../test/engine-kit/index.ts';
import type { Boundaries, StartRun } from './index.ts';

const PARENT = { run: 'parent', step: 'a.do', slot: 0 };
const GRAPH = sequenceOf([task()], { limits: { duration: 99_000 } });

/** A child whose start two roles have to approve, one of them in time. */
const launched = (
  graph = GRAPH,
  quorum = 1,
  start: Partial<StartRun> = { parent: PARENT },
  escalate = ['role:owner'],
): Play => {
  const asked = { kind: 'approval', quorum, reasonRequired: false } as const;
  const obligations = [
    { ...asked, from: ['role:boss'], within: 5000, escalate, restsOn: ['launch@1'] },
    { ...asked, from: ['role:clerk'], within: null, escalate: [], restsOn: ['profile:balanced@1'] },
  ];
  const limits = { concurrency: null, tasks: null, tokens: null, cost: [], duration: null };
  const ruling = { verdict: 'require_approval', obligations, limits, reasons: [], counts: false };
  const boundaries = {
    pinned: 1,
    rule: ({ point }: Parameters<Boundaries['rule']>[0]) => (point === 'run.start' ? ruling : null),
    mayAsk: () => false,
    leaves: () => null,
    heldTo: () => 1,
    capsFor: () => null,
  };
  const run = new Play(graph);
  run.routing = { boundaries: boundaries as unknown as Boundaries };
  return run.begin(start);
};
const approve = { type: 'approve', as: ['role:boss', 'role:clerk'] } as const;
const due = (run: Play): number[] =>
  [...run.timers.values()].flatMap(({ due: at, what }) => (what.kind === 'launch' ? [at - run.now] : []));

test('a run that is stopped before its start was approved does not begin, and waits for that again when it is resumed', () => {
  for (const run of [new Play(GRAPH).begin({ hold: true }), launched()]) {
    assert.deepEqual(run.do({ type: 'stop', reason: 'its parent was stopped' }), ['run.stopped']);
    assert.equal(run.verdict, 'stopped');
    run.refused('run_status', approve);
    assert.deepEqual(run.do({ type: 'resume' }), ['run.resumed']);
    assert.equal(run.verdict, 'awaiting_approval');
    assert.deepEqual(run.open, []);
    run.do({ type: 'stop' });
    run.do({ type: 'resume' });
    assert.deepEqual(run.do(approve, actor('passport_bo')).slice(-2), ['run.approved', 'task.created']);
    run.do({ type: 'stop' });
    assert.deepEqual(run.do({ type: 'resume' }), ['run.resumed', 'task.created']);
  }
});

test('whoever is asked has the time that was left, and what was approved stays so', () => {
  const run = launched();
  run.pass(2000);
  run.do({ type: 'approve', as: ['role:clerk'] }, actor('passport_cleo'));
  run.do({ type: 'stop' });
  assert.deepEqual(run.pass(60_000), []);
  run.do({ type: 'resume' });
  assert.deepEqual(due(run), [3000]);
  assert.deepEqual(run.pass(3000), ['launch.escalated']);
  run.do({ type: 'stop' });
  run.now += 1000;
  run.do({ type: 'resume' });
  assert.deepEqual(due(run), [5000]);
  assert.deepEqual(
    run.do({ type: 'approve', as: ['role:owner'] }, actor('passport_olga')).at(1),
    'run.approved',
  );
});

test('an approval that was asked for before does not stand for one that more policies ask for by now', () => {
  const run = launched();
  const { boundaries } = run.routing;
  const more = (asked: { readonly restsOn?: readonly string[] }) => ({
    ...asked,
    restsOn: [...(asked.restsOn ?? []), 'later@1'],
  });
  const rule = (...question: Parameters<Boundaries['rule']>) => {
    const ruling = boundaries?.rule(...question) ?? null;
    return ruling && { ...ruling, obligations: ruling.obligations.map(more) };
  };
  run.routing = { boundaries: { ...boundaries, rule } as Boundaries };
  run.refused('approval_insufficient', approve, actor('passport_bo'));
});

test('where some have approved in time, nobody else is asked in their place, whoever else is waited for (TIMER-1)', () => {
  const run = launched();
  const timer = [...run.timers.values()].find(({ what }) => what.kind === 'launch');
  run.do({ type: 'approve', as: ['role:boss'] }, actor('passport_bo'));
  run.now += 5000;
  run.refused('timer_spent', { type: 'timer', what: timer?.what ?? assert.fail() });
});

test('whoever is asked already and comes next in line is asked once', () => {
  const run = launched(GRAPH, 1, { parent: PARENT }, ['role:boss', 'role:owner']);
  const asked = () => run.current.boundaries?.launch?.approvals[0]?.from;
  assert.deepEqual(run.pass(5000), ['launch.escalated']);
  assert.deepEqual(asked(), ['role:boss']);
  assert.deepEqual(run.pass(5000), ['launch.escalated']);
  assert.deepEqual(asked(), ['role:boss', 'role:owner']);
});

test('a run that is cancelled while it is stopped before its start has no timer left', () => {
  const run = launched();
  run.do({ type: 'stop' });
  run.do({ type: 'cancel' });
  assert.equal(run.timers.size, 0);
});

test('a run says that it may have more where somebody can give it that, and not where several had to approve its start', () => {
  const graph = sequenceOf([task(), task()], { limits: { tasks: 1 } });
  for (const quorum of [1, 2]) {
    const run = launched(graph, quorum, {});
    for (const who of ['passport_bo', 'passport_cleo'].slice(0, quorum)) run.do(approve, actor(who));
    run.complete(run.task('a.do'));
    const more = { type: 'resume', limits: { tasks: 2 }, as: approve.as } as const;
    assert.match(run.current.failure?.message ?? '', quorum === 1 ? /Resume it/ : /start anew/);
    if (quorum === 1) run.do(more, actor('passport_bo'));
    else run.refused('limit_of_policy', more, actor('passport_bo'));
  }
});
