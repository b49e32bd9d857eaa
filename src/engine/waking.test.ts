import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  actor,
  approval,
  assign,
  expression,
  MONDAY,
  Play,
  play,
  sequenceOf,
  sideBySide,
  task,
  type Step,
} from '../../test/engine-kit/index.ts';
import { USUAL_RULES } from '../definition/task-rules.ts';
import type { Placement } from './index.ts';

const TO_OMAR: Placement = { kind: 'assigned', to: 'passport_omar', begin: false };
const OPEN: Placement = { kind: 'offered', to: null };
const LATER = MONDAY + 5000;
const TURNS = assign({ strategy: 'round_robin' });

/** A run of one step, of which routing says what it is told to say at the time. */
const playing = (step: Step): { run: Play; says: (placement: Placement) => void } => {
  const run = new Play(sideBySide({ work: step }));
  let placement: Placement = OPEN;
  run.routing = { route: () => ({ placement, explanation: null }) };
  return { run: run.begin(), says: (now) => void (placement = now) };
};

const route = (run: Play): string[] =>
  run.do({ type: 'task.route', task: run.task('work.work').id, reason: 'looked at again' });

/** By the word of somebody, or with time. */
const WAYS = ['command', 'timer'] as const;
const stands = (run: Play) => {
  const { status, assignee } = run.task('work.work');
  return [status, assignee];
};

for (const way of WAYS) {
  const held = (by: 'agent' | 'human', from: string[] = []): Step =>
    task({
      by,
      from,
      ...(way === 'timer'
        ? { activateAt: expression(() => LATER) }
        : { rules: { ...USUAL_RULES, activation: 'manual' } }),
    });
  const activate = (run: Play): string[] => {
    const { id, token } = run.task('work.work');
    return way === 'timer' ? run.pass(5000) : run.do({ type: 'task.activate', task: id, token });
  };

  test(`what is activated by ${way} goes where routing puts it`, () => {
    const { run, says } = playing(held('agent'));
    says(TO_OMAR);
    assert.deepEqual(activate(run), ['task.activated', 'task.reserved']);
    assert.deepEqual(stands(run), ['reserved', 'passport_omar']);
  });

  test(`what is activated by ${way} for one person alone is reserved for them`, () => {
    const { run } = playing(held('human', ['passport_omar']));
    activate(run);
    assert.deepEqual(stands(run), ['reserved', 'passport_omar']);
  });

  test(`what is activated by ${way} in a run that gives out no work waits until it does`, () => {
    const { run, says } = playing(held('agent'));
    says(TO_OMAR);
    run.do({ type: 'pause' });
    assert.deepEqual(activate(run), ['task.activated', 'task.held']);
    assert.deepEqual(stands(run), ['created', null]);
    run.do({ type: 'resume' });
    assert.deepEqual(route(run), ['task.reserved'], 'as any task that is held back');
  });

  test(`what goes on by ${way} and nobody has is routed again`, () => {
    const { run, says } = playing(task());
    const { id, token } = run.task('work.work');
    const until = way === 'timer' ? { until: LATER } : {};
    run.do({ type: 'task.suspend', task: id, token, ...until });
    says(TO_OMAR);
    const events = way === 'timer' ? run.pass(5000) : run.do({ type: 'task.resume', task: id, token });
    assert.deepEqual(events, ['task.resumed', 'task.reserved']);
    assert.deepEqual(stands(run), ['reserved', 'passport_omar']);
  });

  test(`what goes on by ${way} in a run that gives out no work is held until it does where routing chooses for it, and lies where it lay otherwise`, () => {
    for (const [step, expected] of [
      [task({ assign: TURNS }), ['task.resumed', 'task.held']],
      [task(), ['task.resumed']],
      [approval(), ['task.resumed']],
    ] as const) {
      const { run, says } = playing(step);
      const { id, token } = run.task('work.work');
      const until = way === 'timer' ? { until: LATER } : {};
      run.do({ type: 'task.suspend', task: id, token, ...until });
      run.do({ type: 'pause' });
      says({ kind: 'held' });
      const events = way === 'timer' ? run.pass(5000) : run.do({ type: 'task.resume', task: id, token });
      assert.deepEqual(events, expected);
    }
  });
}

test('what is given back in a run that gives out no work goes where routing puts it once it does', () => {
  const { run, says } = playing(task({ by: 'human', assign: TURNS }));
  const held = run.take(run.task('work.work'), 'passport_lea');
  run.do({ type: 'pause' });
  says(TO_OMAR);
  assert.deepEqual(run.do({ type: 'task.release', ...held }, actor('passport_lea')), [
    'task.released',
    'task.held',
  ]);
  run.do({ type: 'resume' });
  assert.deepEqual(route(run), ['task.reserved']);
});

test('what was nominated is in its turn: held back meanwhile, it waits for nobody to activate it', () => {
  const { run, says } = playing(task({ by: 'human', rules: { ...USUAL_RULES, activation: 'manual' } }));
  const { id, token } = run.task('work.work');
  run.do({ type: 'task.nominate', task: id, token, to: ['role:crew'] });
  says({ kind: 'held' });
  route(run);
  assert.deepEqual(stands(run), ['created', null]);
  says(OPEN);
  assert.deepEqual(route(run), ['task.offered']);
});

test('one person alone has it reserved unless they may not do it; where somebody stands in for them, it is theirs', () => {
  const named = task({ by: 'human', from: ['passport_lea'], separateFrom: ['a.do'] });
  for (const [doer, to, expected] of [
    ['passport_agent', null, 'passport_lea'],
    ['passport_agent', ['passport_max'], 'passport_max'],
    ['passport_lea', null, null],
  ] as const) {
    const run = play(sequenceOf([task(), named]));
    run.routing = { route: () => ({ placement: { kind: 'offered', to }, explanation: null }) };
    run.complete(run.task('a.do'), null, doer);
    assert.equal(run.task('b.do').assignee, expected);
  }
});

test('who of those that a task names could take it is not kept (WORK-7)', () => {
  const run = play(sequenceOf([task(), task({ by: 'human', from: ['role:clerk'] })]));
  const placement = { kind: 'offered', to: ['passport_lea', 'passport_max'] } as const;
  run.routing = { route: () => ({ placement, explanation: null }) };
  run.complete(run.task('a.do'));
  assert.equal(run.task('b.do').offeredTo, null);
});

test('one who is named alone has it at once, and is asked about then; several are when they come for it (PASS-1)', () => {
  const rules = { ...USUAL_RULES, activation: 'manual' } as const;
  const run = play(sideBySide({ work: task({ by: 'human', rules }) }));
  run.routing = { objection: (_work, _who, later) => (later ? null : 'people approve that first') };
  const { id, token } = run.task('work.work');
  const nominate = { type: 'task.nominate', task: id, token } as const;
  run.refused('not_eligible', { ...nominate, to: ['passport_lea'] });
  run.do({ ...nominate, to: ['passport_lea', 'passport_max'] });
});

test('whoever forwarded it may have it again when it is forwarded back', () => {
  const run = play(sideBySide({ work: task({ by: 'human' }) }));
  const forward = (from: string, to: string): void => {
    const { id, token } = run.task('work.work');
    run.do({ type: 'task.forward', task: id, token, from, to }, actor(from));
  };
  forward('passport_x', 'passport_y');
  forward('passport_y', 'passport_x');
  assert.deepEqual(run.task('work.work').excluded, ['passport_y']);
});
