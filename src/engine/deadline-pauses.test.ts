import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeadlineNode } from '../definition/graph.ts';
import { actor, MONDAY, Play, play, sequenceOf, task } from '../../test/engine-kit/index.ts';
import type { Moment } from './index.ts';

const deadline = (options: Partial<DeadlineNode>): DeadlineNode => ({
  on: 'completion',
  within: { ms: 1000, working: false },
  remind: [],
  then: 'notify',
  to: ['role:lead'],
  pauses: true,
  ...options,
});

test('of working time what is left is counted anew when its clock goes on, reminders included (DEAD-3)', () => {
  const [hour, day] = [3_600_000, 86_400_000];
  const pauses = {
    then: 'notify',
    within: { ms: 8 * hour, working: true },
    remind: [hour],
  } as const;
  for (const undone of [false, true]) {
    const compensate = task({ by: 'human' });
    const run = new Play(sequenceOf([task({ by: 'human', deadlines: [deadline(pauses)], compensate })]));
    run.routing = inOffice(() => 0);
    run.now = MONDAY + 4 * day + 7 * hour;
    const at = (days: number, hours: number): number => MONDAY - 8 * hour + days * day + hours * hour;
    assert.equal(run.now, at(4, 15), 'Friday');
    run.begin();
    const found = run.task('a.do');
    assert.equal(found.deadlines[0]?.due, at(7, 15));
    run.take(found, 'lea');
    run.pass(hour);
    const { id, token } = found;
    if (undone)
      run.do(
        { type: 'task.restart', task: id, token, begins: true, recovery: 'compensate' },
        actor('passport_maria'),
      );
    else run.do({ type: 'task.suspend', task: id, token });
    run.pass(2 * day + 18 * hour);
    if (undone) run.complete(run.task('a.do.compensate'));
    else run.do({ type: 'task.resume', task: id, token });
    const [left] = run.task('a.do').deadlines;
    assert.deepEqual([run.now, left?.due, left?.remind], [at(7, 10), at(7, 17), [at(7, 16)]]);
    assert.deepEqual(run.pass(7 * hour - 1), ['task.reminded']);
    assert.deepEqual(run.pass(1), ['task.overdue']);
  }
});

test('what is left is measured in the hours in which it was counted, and counted anew in those of whoever has the task (DEAD-3)', () => {
  const [hour, day] = [3_600_000, 86_400_000];
  const within = { ms: 8 * hour, working: true };
  const pauses = deadline({ then: 'expire', to: [], within });
  const far = 'passport_lea';
  const suspended = (from: readonly string[], at: number): Play => {
    const run = new Play(sequenceOf([task({ by: 'human', from, deadlines: [pauses] })]));
    run.routing = {
      ...inOffice((who) => (who === far ? 8 * hour : 0)),
      route: () => ({
        placement:
          from.length > 0 ? { kind: 'assigned', to: far, begin: false } : { kind: 'offered', to: null },
        explanation: null,
      }),
    };
    run.now = MONDAY + hour;
    run.begin();
    run.pass(at);
    const held = run.take(run.task('a.do'), far);
    run.do({ type: 'task.suspend', ...held }, actor(far));
    return run;
  };
  const resumed = (run: Play, at: number): { due: number; holder: string | undefined } => {
    run.now = at;
    const { id, token } = run.task('a.do');
    run.do({ type: 'task.resume', task: id, token }, actor(far));
    assert.deepEqual(run.pass(2000), []);
    const [{ due, holder } = assert.fail()] = run.task('a.do').deadlines;
    return { due, holder };
  };
  const offered = suspended([], hour / 2);
  assert.equal(offered.task('a.do').deadlines[0]?.holder, undefined);
  const tuesday = MONDAY - 8 * hour + day;
  assert.deepEqual(resumed(offered, tuesday + 18 * hour), { due: tuesday + day + 17.5 * hour, holder: far });
  const given = suspended([far], 9 * hour);
  const [{ due, holder } = assert.fail()] = given.task('a.do').deadlines;
  assert.deepEqual([due, holder], [tuesday + hour, far]);
  assert.deepEqual(resumed(given, given.now), { due, holder });
});

test('who gets it next has the time in their hours, and what is left of it is measured in those', () => {
  const hour = 3_600_000;
  const within = { ms: hour, working: true };
  const escalated = (next: string): { run: Play; counted: Set<unknown>; measured: Set<unknown> } => {
    const pauses = deadline({ then: 'escalate', to: [next, 'role:chief'], within });
    const run = play(sequenceOf([task({ by: 'human', deadlines: [pauses] })]));
    run.take(run.task('a.do'), 'maria');
    const [counted, measured] = [new Set<unknown>(), new Set<unknown>()];
    run.routing = {
      afterWork: (from, ms, who) => (counted.add(who), from + ms),
      workBetween: (from, to, who) => (measured.add(who), to - from),
    };
    run.pass(hour);
    return { run, counted, measured };
  };
  const toLea = escalated('passport_lea');
  assert.deepEqual([...toLea.counted], ['passport_lea']);
  const { run, counted, measured } = escalated('role:lead');
  assert.deepEqual([...counted], [null], 'of many, the hours of the organisation');
  run.take(run.task('a.do'), 'lea');
  run.suspendFor('a.do', 10);
  assert.deepEqual([...measured], [null]);
  run.suspendFor('a.do', 10);
  assert.deepEqual([...measured], [null, 'lea']);
});

test('whoever gets it while its clock stands still has what is left in their hours', () => {
  const hour = 3_600_000;
  const counted = (to: readonly string[]): unknown => {
    const within = { ms: 5 * hour, working: true };
    const [left, now] = [deadline({ within }), deadline({ then: 'reassign', to, pauses: false })];
    const run = play(sequenceOf([task({ by: 'human', deadlines: [left, now] })]));
    run.take(run.task('a.do'), 'maria');
    const { id, token } = run.task('a.do');
    run.do({ type: 'task.suspend', task: id, token });
    const asked = new Set<unknown>();
    run.routing = {
      afterWork: (from, ms, who) => (asked.add(who), from + ms),
      workBetween: (from, end) => end - from,
    };
    run.pass(1000);
    const [{ holder } = assert.fail()] = run.task('a.do').deadlines;
    assert.deepEqual([...asked], [holder ?? null]);
    return holder;
  };
  assert.equal(counted(['passport_lea']), 'passport_lea');
  assert.equal(counted(['role:lead']), undefined);
  assert.equal(counted(['passport_lea', 'passport_tom']), undefined);
});

/** From nine to five, Monday to Friday, by clocks that are so much behind. */
function inOffice(
  behind: (who: string | null) => number,
): Required<Pick<Moment, 'afterWork' | 'workBetween'>> {
  const [hour, day] = [3_600_000, 86_400_000];
  const spans = function* (from: number) {
    for (let midnight = Math.floor(from / day) * day; ; midnight += day) {
      const [opens, closes] = [Math.max(from, midnight + 9 * hour), midnight + 17 * hour];
      if (![0, 6].includes(new Date(midnight).getUTCDay()) && opens < closes) yield [opens, closes] as const;
    }
  };
  return {
    afterWork: (from, ms, who) => {
      let left = ms;
      for (const [opens, closes] of spans(from - behind(who))) {
        if (left <= closes - opens) return opens + left + behind(who);
        left -= closes - opens;
      }
      return assert.fail();
    },
    workBetween: (from, to, who) => {
      let sum = 0;
      for (const [opens, closes] of spans(from - behind(who))) {
        if (opens >= to - behind(who)) break;
        sum += Math.min(closes, to - behind(who)) - opens;
      }
      return sum;
    },
  };
}
