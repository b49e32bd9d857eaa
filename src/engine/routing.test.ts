import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  actor,
  approval,
  assign,
  broken,
  expression,
  graphOf,
  Play,
  play,
  sequenceOf,
  sideBySide,
  task,
} from '../../test/engine-kit/index.ts';
import type { Graph } from '../definition/graph.ts';
import type { Placement, StartRun, Work } from './index.ts';

const ASSIGN = assign({ strategy: 'round_robin', fallback: 'best_fit' });
const given = (to: string, begin = false): Placement => ({ kind: 'assigned', to, begin });
const HELD: Placement = { kind: 'held' };
const named = (...to: string[]): Placement => ({ kind: 'offered', to });

/** A run whose routing is asked for each task, and answers what the test says. */
const routed = (
  graph: Graph,
  answer: (work: Work) => Placement,
  able: (work: Work) => boolean = () => true,
  options: Partial<StartRun> = {},
) => {
  const run = new Play(graph);
  run.routing = {
    route: (work) => ({ placement: answer(work), explanation: { s: work.task } }),
    canBeDone: able,
  };
  return run.begin(options);
};
const ofAgent = (owner: string) => actor('passport_agent', owner);

test('a task is created where routing puts it, with the reason in the event (WORK-1)', () => {
  const places: [Placement, object][] = [
    [given('passport_x'), { status: 'reserved', assignee: 'passport_x', token: 1, startedAt: null }],
    [given('passport_x', true), { status: 'in_progress', assignee: 'passport_x', token: 1 }],
    [named('passport_x'), { status: 'ready', assignee: null, offeredTo: ['passport_x'] }],
    [
      { kind: 'offered', to: null },
      { status: 'ready', offeredTo: null },
    ],
    [HELD, { status: 'created', assignee: null }],
  ];
  for (const [placement, expected] of places) {
    const run = routed(sideBySide({ work: task() }), () => placement);
    const found = run.task('work.work');
    assert.deepEqual({ ...found, ...expected }, found);
    const event = run.events[found.routed - 1];
    assert.ok(event?.type === 'task.created' && event.data.explanation);
  }
});

test('whoever it is delegated to can begin with it, also where it was offered to others by name', () => {
  const run = routed(sideBySide({ work: task({ by: 'human' }) }), () => named('passport_x', 'passport_y'));
  const held = run.take(run.task('work.work'), 'passport_x');
  run.do({ type: 'task.delegate', ...held, to: 'passport_z' }, actor('passport_x'));
  run.take(run.task('work.work'), 'passport_z');
  assert.equal(run.task('work.work').status, 'in_progress');
});

test('what is offered by name, others cannot take', () => {
  const run = routed(sideBySide({ work: task() }), () => named('passport_x'));
  const { id } = run.task('work.work');
  run.refused('not_offered', { type: 'task.claim', task: id, assignee: 'passport_y' });
  run.refused('not_offered', { type: 'task.decline', task: id, participant: 'passport_y' });
  run.do({ type: 'task.claim', task: id, assignee: 'passport_x' });
});

test('what the handler of a case can take, nobody else takes, but for what somebody had before (TASK-7)', () => {
  const run = play(sideBySide({ work: task({ assign: assign({ strategy: 'case' }) }), more: task() }));
  const { id } = run.task('work.work');
  run.take(run.task('work.more'), 'passport_x');
  const start = (assignee: string, more = {}) =>
    ({ type: 'task.start', task: id, assignee, ...more }) as const;
  const asked: (string | null)[] = [];
  run.routing = { keeper: ({ retained }) => (asked.push(retained), 'passport_deputy') };
  run.refused('case_handled', start('passport_y'));
  assert.deepEqual([...new Set(asked)], ['passport_x']);
  assert.ok(run.try(start('passport_y', { administrator: true })).ok, 'an administrator takes it');
  run.do({ type: 'task.release', task: id, token: 1 });
  run.do(start('passport_z'));

  const away = play(sideBySide({ work: task({ assign: assign({ strategy: 'case' }) }), more: task() }));
  away.take(away.task('work.more'), 'passport_x');
  away.routing = { keeper: () => null };
  away.do({ type: 'task.start', task: away.task('work.work').id, assignee: 'passport_y' });

  const deputy = play(sideBySide({ work: task({ assign: assign({ strategy: 'case' }) }), more: task() }));
  deputy.take(deputy.task('work.more'), 'passport_x');
  deputy.routing = { keeper: () => 'passport_deputy' };
  deputy.do({ type: 'task.start', task: deputy.task('work.work').id, assignee: 'passport_deputy' });
});

test('where all have declined to whom it was offered, nobody is left, whoever else there is', () => {
  const onFailure = { finally: 'escalate', to: ['role:lead'] } as const;
  const run = routed(sideBySide({ work: task({ onFailure }) }), () => named('passport_x'));
  run.do({ type: 'task.decline', task: run.task('work.work').id, participant: 'passport_x' });
  assert.equal(run.task('work.work').kind, 'escalation');
});

test('what has moved since somebody looked at it is not moved for them', () => {
  let whom = 'passport_x';
  const run = routed(sideBySide({ work: task() }), () => named(whom));
  const { id: work, token, routed: seen } = run.task('work.work');
  const route = { type: 'task.route', task: work, reason: 'they came' } as const;
  whom = 'passport_y';
  run.do({ ...route, seen: { token, routed: seen } });
  whom = 'passport_z';
  run.refused('changed_meanwhile', { ...route, seen: { token, routed: seen } });
});

test('who has as many open as a step allows gets none of it with what they complete (TASK-8, TURN-3)', () => {
  const late = assign({ when: 'late', load: 1 });
  for (const [isFree, next] of [
    [true, 'in_progress'],
    [false, 'ready'],
  ] as const) {
    const run = play(sideBySide({ work: task(), next: task({ assign: late }) }));
    run.routing = { take: () => isFree };
    const held = run.take(run.task('work.work'), 'passport_x');
    run.do({ type: 'task.complete', ...held, output: 1, chain: true }, actor('passport_x'));
    assert.equal(run.task('work.next').status, next);
  }
});

test('who declines is not asked again; when nobody is left, the step says what follows', () => {
  const onFailure = { finally: 'escalate', to: ['role:lead'] } as const;
  const run = routed(
    sideBySide({ work: task({ onFailure }) }),
    ({ excluded }) => named(...['passport_x', 'passport_y'].filter((one) => !excluded.includes(one))),
    ({ kind, excluded }) => kind === 'escalation' || excluded.length < 2,
  );
  const { id } = run.task('work.work');
  const decline = (participant: string) => run.do({ type: 'task.decline', task: id, participant });
  assert.deepEqual(decline('passport_x'), ['task.declined']);
  assert.deepEqual(run.task('work.work').offeredTo, ['passport_y']);
  run.refused('participant_excluded', { type: 'task.decline', task: id, participant: 'passport_x' });
  assert.deepEqual(decline('passport_y'), ['task.declined', 'task.failed', 'task.created']);
  assert.match(run.task('work.work').reason ?? '', /^declined: /);

  const open = routed(
    sideBySide({ work: task() }),
    () => named('passport_x'),
    () => false,
  );
  open.do({ type: 'task.decline', task: open.task('work.work').id, participant: 'passport_x' });
  assert.equal(
    open.task('work.work').status,
    'ready',
    'it waits for somebody to come, and for somebody to see that',
  );
});

test('what is reserved and declined or given back goes to somebody else', () => {
  const others = ['passport_x', 'passport_y', 'passport_z'];
  const first = ({ excluded }: Work): Placement => given(others.find((one) => !excluded.includes(one)) ?? '');
  const run = routed(sideBySide({ work: task({ assign: ASSIGN }) }), first);
  const { id } = run.task('work.work');
  assert.deepEqual(run.do({ type: 'task.decline', task: id, participant: 'passport_x' }), [
    'task.declined',
    'task.reserved',
  ]);
  run.do({ type: 'task.start', task: id, assignee: 'passport_y' });
  assert.deepEqual(run.do({ type: 'task.release', task: id, token: 2 }), ['task.released', 'task.reserved']);
  assert.deepEqual([run.task('work.work').assignee, run.task('work.work').token], ['passport_z', 3]);
  assert.deepEqual(
    run.task('work.work').excluded,
    ['passport_x'],
    'who gave it back may take it another time',
  );
});

test('routing that is asked again moves what nobody works on, and only if it says something else (TASK-5)', () => {
  let answer: Placement = HELD;
  const run = routed(sideBySide({ work: task() }), () => answer);
  const { id } = run.task('work.work');
  const again = { type: 'task.route', task: id, reason: 'passport_x is suspended' } as const;
  run.refused('task_status', { type: 'task.start', task: id, assignee: 'passport_x' });
  run.refused('route_unchanged', again);
  answer = given('passport_x');
  const { token, routed: why } = run.task('work.work');
  assert.deepEqual(run.do({ ...again, seen: { token, routed: why } }), ['task.reserved']);
  run.refused('changed_meanwhile', { ...again, seen: { token, routed: why } });
  run.refused('route_unchanged', again);
  answer = given('passport_y');
  assert.deepEqual(run.do(again), ['task.released', 'task.reserved']);
  run.do({ type: 'pause' });
  run.refused('run_status', again);
  run.do({ type: 'resume' });
  run.do({ type: 'task.start', task: id, assignee: 'passport_y' });
  run.refused('task_closed', again);
});

test('nobody does what is to be separate from their own work, nor does who answers for them, nor another agent of that human', () => {
  const run = play(sequenceOf([task(), task({ separateFrom: ['a.do'] })]));
  const first = run.take(run.task('a.do'));
  run.do({ type: 'task.complete', ...first, output: 1 }, ofAgent('passport_owner'));
  const second = run.task('b.do');
  assert.deepEqual(second.separate, ['passport_agent', 'passport_owner']);
  const start = (who: string, owner: string, code: string | null) => {
    const command = { type: 'task.start', task: second.id, assignee: who } as const;
    if (code) run.refused(code, command, actor(who, owner));
    else run.do(command, actor(who, owner));
  };
  start('passport_agent', 'passport_owner', 'separation_of_duties');
  start('passport_owner', 'passport_owner', 'separation_of_duties');
  start('passport_sister', 'passport_owner', 'separation_of_duties');
  start('passport_other', 'passport_else', null);
});

test('a step sees who did another, and a case who took its first task', () => {
  const seen = new Map<string, string | null>();
  const run = routed(
    sequenceOf([
      task({ assign: { ...ASSIGN, strategy: 'case' } }),
      task({ assign: { ...ASSIGN, strategy: 'retain', step: 'a.do' } }),
      task({ assign: { ...ASSIGN, strategy: 'case' } }),
    ]),
    ({ step, retained }) => {
      seen.set(step, retained);
      return { kind: 'offered', to: null };
    },
  );
  const { id } = run.task('a.do');
  run.do({ type: 'task.start', task: id, assignee: 'passport_first' });
  run.do({ type: 'task.release', task: id, token: 1 });
  run.complete(run.task('a.do'), 1, 'passport_x');
  run.complete(run.task('b.do'), 1, 'passport_y');
  run.complete(run.task('c.do'), 1, 'passport_z');
  assert.deepEqual(
    [...seen.values()],
    [null, 'passport_x', 'passport_x'],
    'whoever gave it back undone is no handler',
  );
});

test('what is early is announced at the start, cannot be started, and begins under the same id with whom it names', () => {
  const early = { ...ASSIGN, when: 'early' } as const;
  const preferred = new Set<string | null>();
  const run = routed(
    graphOf([
      { id: 'a', steps: { do: task({ by: 'human' }) } },
      {
        id: 'b',
        needs: ['a'],
        steps: { do: task({ assign: early }), not: task({ assign: early, if: false }) },
      },
    ]),
    (work) => {
      if (work.step === 'b.do') preferred.add(work.preferred);
      return work.step === 'a.do' ? { kind: 'offered', to: null } : given('passport_x');
    },
  );
  const announced = run.task('b.do');
  assert.deepEqual([announced.status, announced.assignee], ['created', 'passport_x']);
  run.refused('task_status', { type: 'task.start', task: announced.id, assignee: 'passport_x' });
  run.refused('task_closed', { type: 'task.route', task: announced.id, reason: 'x' });
  assert.deepEqual(run.complete(run.task('a.do')), [
    'task.completed',
    'task.created',
    'step.skipped',
    'task.exited',
  ]);
  assert.equal(run.task('b.do').id, announced.id);
  assert.equal(run.task('b.do').status, 'reserved');
  assert.deepEqual([...preferred], [null, 'passport_x']);
});

test('another participant is only tried where there is one; else the step says what follows', () => {
  const onFailure = { then: 'another_participant', finally: 'skip' } as const;
  const graph = sideBySide({ work: task({ onFailure }) });
  const alone = routed(
    graph,
    () => ({ kind: 'offered', to: null }),
    ({ excluded }) => excluded.length === 0,
  );
  alone.fail(alone.task('work.work'));
  assert.equal(alone.step('work.work').status, 'skipped');
  const two = routed(graph, () => ({ kind: 'offered', to: null }));
  two.fail(two.task('work.work'));
  assert.deepEqual(two.task('work.work').excluded, ['passport_agent']);
});

test('the chain of an escalation leaves out where there is nobody, and ends with the human who answers for the run', () => {
  const onFailure = { finally: 'escalate', to: ['role:gone', 'role:lead'] } as const;
  const run = routed(
    sideBySide({ work: task({ onFailure }) }),
    () => ({ kind: 'offered', to: null }),
    ({ from }) => !from.includes('role:gone'),
  );
  run.fail(run.task('work.work'));
  assert.deepEqual(run.task('work.work').from, ['role:lead']);
  run.fail(run.task('work.work'));
  assert.deepEqual(run.task('work.work').from, ['passport_anna']);
  assert.deepEqual(run.fail(run.task('work.work')), ['task.failed', 'run.failed']);

  const nowhere = play(sideBySide({ work: task({ onFailure: { finally: 'escalate' } }) }));
  nowhere.fail(nowhere.task('work.work'));
  assert.deepEqual(nowhere.task('work.work').from, ['passport_anna']);
});

test('a result that its maker doubts goes to a person, with the result; what the person says is the result', () => {
  const graph = sequenceOf([task({ input: { n: 1 } }), task()]);
  const complete = (confidence: number, by = ofAgent('passport_owner')) => {
    const run = play(graph);
    const first = run.take(run.task('a.do'));
    return { run, events: run.do({ type: 'task.complete', ...first, output: 'maybe', confidence }, by) };
  };
  assert.equal(complete(0.7).run.step('a.do').status, 'completed');
  assert.equal(complete(0.1, actor('passport_eva', 'passport_eva')).run.step('a.do').status, 'completed');
  const { run, events } = complete(0.69);
  assert.deepEqual(events, ['task.completed', 'task.created']);
  const asked = run.task('a.do');
  assert.deepEqual([asked.kind, asked.by, asked.from], ['escalation', 'human', ['passport_anna']]);
  assert.match(asked.reason ?? '', /low_confidence: passport_agent is 0.69 sure/);
  assert.deepEqual(
    { ...(asked.input as object), failure: null },
    {
      input: { n: 1 },
      failure: null,
      output: 'maybe',
      confidence: 0.69,
    },
  );
  run.complete(asked, 'surely', 'passport_anna');
  assert.equal(run.step('a.do').output, 'surely');
  const fresh = play(graph);
  fresh.refused('confidence_invalid', {
    type: 'task.complete',
    ...fresh.take(fresh.task('a.do')),
    output: 1,
    confidence: 2,
  });
});

test('where whoever answers for the run is kept out, and nobody else is named, a result waits for them, and is not for anybody; work fails', () => {
  const onFailure = { finally: 'escalate' } as const;
  const begin = (accountable: string | null): Play =>
    routed(
      sideBySide({ work: task({ excluded: ['passport_anna'], onFailure }) }),
      () => ({ kind: 'offered', to: null }),
      ({ from, excluded }) => !from.every((party) => excluded.includes(party)),
      { accountable },
    );
  const doubt = (run: Play): void => {
    const held = run.take(run.task('work.work'));
    run.do({ type: 'task.complete', ...held, output: 1, confidence: 0.1 }, ofAgent('passport_owner'));
  };
  const failed = begin('passport_anna');
  failed.fail(failed.task('work.work'));
  const doubted = begin('passport_anna');
  doubt(doubted);
  assert.equal(failed.state?.status, 'failed');
  const { kind, from, excluded } = doubted.task('work.work');
  assert.deepEqual([kind, from, excluded], ['escalation', ['passport_anna'], ['passport_anna']]);
  const others = begin('passport_boss');
  others.routing = { ...others.routing, canBeDone: () => false };
  doubt(others);
  assert.deepEqual(others.task('work.work').from, ['passport_boss']);
  const nobodys = begin(null);
  doubt(nobodys);
  assert.deepEqual(nobodys.task('work.work').from, ['passport_anna'], 'who started it');
});

test('whom a task is for can depend on the run; what names nobody fails the slot, and is not lost', () => {
  const run = play(
    sequenceOf([
      task({ whom: expression(({ run: { startedBy } }) => [`manager_of:${startedBy}`]) }),
      approval({ whom: expression(() => ['passport_bo']) }),
    ]),
  );
  assert.deepEqual(run.task('a.do').from, ['manager_of:passport_anna']);
  run.complete(run.task('a.do'));
  assert.deepEqual(run.task('b.do').from, ['passport_bo']);
  const lost = play(
    sideBySide({ work: task({ whom: broken('nobody'), onFailure: { finally: 'escalate' } }) }),
  );
  assert.match(lost.task('work.work').reason ?? '', /nobody/);
});
