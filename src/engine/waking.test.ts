import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expression, MONDAY, Play, sideBySide, task, type Step } from '../../test/engine-kit/index.ts';
import { USUAL_RULES } from '../definition/task-rules.ts';
import type { Placement } from './index.ts';

const TO_OMAR: Placement = { kind: 'assigned', to: 'passport_omar', begin: false };
const OPEN: Placement = { kind: 'offered', to: null };
const LATER = MONDAY + 5000;

/** A run of one step, of which routing says what it is told to say at the time. */
const playing = (step: Step): { run: Play; says: (placement: Placement) => void } => {
  const run = new Play(sideBySide({ work: step }));
  let placement: Placement = OPEN;
  run.routing = { route: () => ({ placement, explanation: null }) };
  return { run: run.begin(), says: (now) => void (placement = now) };
};

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
    assert.deepEqual(activate(run), ['task.activated']);
    assert.deepEqual(stands(run), ['ready', null]);
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
}

test('what was nominated is in its turn: held back meanwhile, it waits for nobody to activate it', () => {
  const { run, says } = playing(task({ by: 'human', rules: { ...USUAL_RULES, activation: 'manual' } }));
  const { id, token } = run.task('work.work');
  run.do({ type: 'task.nominate', task: id, token, to: ['role:crew'] });
  const route = () => run.do({ type: 'task.route', task: id, reason: 'looked at again' });
  says({ kind: 'held' });
  route();
  assert.deepEqual(stands(run), ['created', null]);
  says(OPEN);
  assert.deepEqual(route(), ['task.offered']);
});
