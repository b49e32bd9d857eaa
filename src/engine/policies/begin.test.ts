import assert from 'node:assert/strict';
import { test } from 'node:test';
import { USUAL_RULES } from '../../definition/task-rules.ts';
import {
  actor,
  expression,
  MONDAY,
  play,
  record,
  sequenceOf,
  task,
  type Play,
} from '../../../test/engine-kit/index.ts';
import { asking, bounded } from '../../../test/policy-kit/boundaries.ts';
import { policies, rule } from '../../../test/policy-kit/index.ts';
import type { Boundaries } from '../index.ts';

const BOSS = actor('passport_boss');
const SET = policies({ id: 'ask', on: 'task.start', effect: 'require_approval', from: 'role:boss' });
const ASKING = {
  mayAsk: () => true,
  asks: () => rule(SET, 'task.start'),
  leaves: () => null,
  rule: () => null,
} as unknown as Boundaries;

/** Policies come to ask for an approval of a task that lies there, and it is given. */
const approved = (run: Play): void => {
  run.routing = { boundaries: ASKING };
  run.do({ type: 'task.route', task: run.task('a.do').id, reason: 'policies have changed' });
  run.decide(run.task('a.do'), 'approve');
};

test('work that is taken back for people to decide first is as urgent and as active afterwards, with all that was noted (OPEN-3)', () => {
  for (const options of [
    { rules: { ...USUAL_RULES, activation: 'manual' } },
    { activateAt: expression(() => MONDAY + 5000) },
  ] as const) {
    const run = play(sequenceOf([task({ ...options, retry: { attempts: 2 } })]));
    const { id, token } = run.task('a.do');
    run.do({ type: 'task.activate', task: id, token }, BOSS);
    run.do({ type: 'task.set', task: id, priority: 9 }, BOSS);
    run.do({ type: 'task.comment', task: id, text: 'mind the date', mentions: [] }, BOSS);
    approved(run);
    const again = run.task('a.do');
    assert.notEqual(again.id, id);
    assert.deepEqual([again.status, again.priority], ['ready', 9]);
    assert.equal(again.notes?.comments[0]?.text, 'mind the date');
    run.routing = {};
    run.fail(again);
    const anew = run.task('a.do');
    assert.deepEqual([anew.status, anew.priority, anew.notes], ['created', 5, null]);
  }
});

test('so is what was escalated: it is for those again to whom it was passed on', () => {
  const onFailure = { finally: 'escalate', to: ['role:lead'] } as const;
  const run = play(sequenceOf([task({ onFailure })]));
  run.fail(run.task('a.do'), false);
  const { id, token } = run.task('a.do');
  run.do({ type: 'task.forward', task: id, token, from: 'passport_lea', to: 'role:head' });
  const { from, excluded } = run.task('a.do');
  approved(run);
  const again = run.task('a.do');
  assert.notEqual(again.id, id);
  assert.deepEqual([again.kind, again.from, again.excluded], ['escalation', from, excluded]);
});

test('whom policies tell of a write is told when it begins, and not when somebody only gets it (TAKE-3)', () => {
  const set = policies({ id: 'tell', on: 'record.write', effect: 'notify', to: 'role:boss' });
  const run = play(sequenceOf([record()]));
  run.routing = {
    boundaries: bounded({ rule: ({ point }) => (point === 'record.write' ? rule(set, point) : null) }),
  };
  const { id } = run.task('a.do');
  run.do({ type: 'task.claim', task: id, assignee: 'erp' }, actor('erp'));
  assert.equal(run.last('task.reserved').ruled?.notify, undefined);
  run.do({ type: 'task.start', task: id, assignee: 'erp' }, actor('erp'));
  assert.deepEqual(run.last('task.started').ruled?.notify, ['role:boss']);
});

test('what is to be approved by others than who began the run is by others than who answers for it too', () => {
  const run = play(sequenceOf([task()]), { accountable: 'passport_owner' });
  run.routing = { boundaries: asking(['task.complete'], { distinctFrom: ['initiator'] }) };
  run.complete(run.task('a.do'));
  assert.deepEqual(run.task('a.do').separate, ['passport_anna', 'passport_owner']);
});

test('work of people is not taken from them to be left to people', () => {
  const run = play(sequenceOf([task({ by: 'human' })]));
  run.routing = { boundaries: bounded({ leaves: () => rule(SET, 'task.start') }) };
  run.refused('route_unchanged', { type: 'task.route', task: run.task('a.do').id, reason: 'policies' });
});
