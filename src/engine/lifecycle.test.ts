import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  actor,
  approval,
  assign,
  graphOf,
  play,
  type Play,
  sideBySide,
  task,
  wait,
} from '../../test/engine-kit/index.ts';
import { USUAL_RULES } from '../definition/task-rules.ts';
import {
  APPROVAL_NEXT,
  isRunFinal,
  isTaskFinal,
  RUN_COMMANDS,
  RUN_PROGRESS,
  TASK_COMMANDS,
  type Command,
  type RunCommand,
  type RunStatus,
  type Task,
  type TaskCommand,
  type TaskStatus,
} from './index.ts';

/** The whole matrix of status × command, for runs and for tasks, made from the tables. `Play` sees to it that a refusal changes nothing. */

const EARLY = assign({ when: 'early' });
const GRAPH = graphOf([
  {
    id: 'work',
    steps: {
      work: task({ skippable: true }),
      manual: task({ skippable: true, by: 'human', rules: { ...USUAL_RULES, activation: 'manual' } }),
      agree: approval(),
      word: wait({ signal: 'go' }),
    },
  },
  { id: 'later', needs: ['work'], steps: { early: task({ assign: EARLY }) } },
]);
const RUN_COMMAND: { readonly [Type in RunCommand]: Command } = {
  approve: { type: 'approve' },
  reject: { type: 'reject' },
  pause: { type: 'pause' },
  stop: { type: 'stop' },
  resume: { type: 'resume' },
  cancel: { type: 'cancel' },
  rollback: { type: 'rollback', phase: 'work' },
  signal: { type: 'signal', signal: 'go', payload: null },
};

/** A run in each status. */
const RUN_IN: { readonly [Status in RunStatus]: () => Play } = {
  pending_approval: () => play(GRAPH, { hold: true }),
  running: () => play(GRAPH),
  paused: () => having(play(GRAPH), (run) => run.do({ type: 'pause' })),
  stopped: () => having(play(GRAPH), (run) => run.do({ type: 'stop' })),
  closing: () => having(closable(), (run) => run.do({ type: 'cancel' })),
  completed: () => having(play(sideBySide({ work: task() })), (run) => run.complete(run.task('work.work'))),
  failed: () => having(play(sideBySide({ work: task() })), (run) => run.fail(run.task('work.work'))),
  rejected: () => having(play(GRAPH), (run) => run.decide(run.task('work.agree'), 'reject')),
  cancelled: () => having(play(GRAPH), (run) => run.do({ type: 'cancel' })),
};
/** One step of it is done, and can be undone. */
const closable = (): Play =>
  having(
    play(
      graphOf([
        { id: 'work', steps: { work: task({ compensate: task() }) } },
        { id: 'later', needs: ['work'], steps: { later: task(), word: wait({ signal: 'go' }) } },
      ]),
    ),
    (run) => run.complete(run.task('work.work')),
  );
const having = (run: Play, act: (run: Play) => unknown): Play => {
  act(run);
  return run;
};

for (const [status, make] of Object.entries(RUN_IN) as [RunStatus, () => Play][]) {
  for (const command of Object.keys(RUN_COMMAND) as RunCommand[]) {
    const next: RunStatus | undefined = (RUN_COMMANDS[status] as Partial<Record<RunCommand, RunStatus>>)[
      command
    ];
    test(`run ${status}: ${command} ${next ? `leads to ${next}` : 'is refused'}`, () => {
      const run = make();
      assert.equal(run.current.status, status);
      const given = RUN_COMMAND[command];
      if (!next) return run.refused('run_status', given);
      run.do(given);
      assert.equal(run.current.status, next);
    });
  }
}

test('a run that is about to end is not said to have ended', () => {
  const refusal = (status: RunStatus): string => {
    const answer = RUN_IN[status]().try({ type: 'stop' });
    return answer.ok ? '' : answer.rejection.message;
  };
  assert.match(
    refusal('closing'),
    /How it ends is settled: it ends when what is still open in it is done\.$/,
  );
  assert.match(refusal('cancelled'), /It has ended, and takes no more commands\.$/);
});

/** A task in each status, or in what the table makes of it where nothing leads to the status yet. */
const TASK_IN: { readonly [Status in TaskStatus]: (run: Play) => Task } = {
  created: (run) => run.task('work.manual'),
  ready: (run) => run.task('work.work'),
  reserved: (run) => {
    const found = run.task('work.work');
    run.do({ type: 'task.claim', task: found.id, assignee: 'passport_x' });
    return found;
  },
  in_progress: (run) => {
    const found = run.task('work.work');
    run.take(found, 'passport_x');
    return found;
  },
  suspended: (run) => {
    const found = run.task('work.work');
    run.do({ type: 'task.suspend', task: found.id, token: 0 });
    return found;
  },
  completed: (run) => ended(run, (found) => run.complete(found)),
  failed: (run) => ended(run, (found) => run.fail(found)),
  exited: (run) => ended(run, () => run.do({ type: 'stop' })),
  obsolete: (run) => ended(run, (found) => run.do({ type: 'task.skip', task: found.id })),
};
const ended = (run: Play, act: (task: Task) => unknown): Task => {
  const found = run.task('work.work');
  act(found);
  return found;
};

type Commanded = Exclude<TaskCommand, 'heartbeat'>;
const TASK_COMMAND: { readonly [Type in Commanded]: (task: Task) => Command } = {
  claim: ({ id }) => ({ type: 'task.claim', task: id, assignee: 'passport_x' }),
  start: ({ id }) => ({ type: 'task.start', task: id, assignee: 'passport_x' }),
  progress: ({ id, token }) => ({ type: 'task.progress', task: id, token }),
  complete: ({ id, token }) => ({ type: 'task.complete', task: id, token, output: null }),
  fail: ({ id, token }) => ({ type: 'task.fail', task: id, token, code: 'broke', message: 'it broke' }),
  release: ({ id, token }) => ({ type: 'task.release', task: id, token }),
  decline: ({ id }) => ({ type: 'task.decline', task: id, participant: 'passport_x' }),
  skip: ({ id }) => ({ type: 'task.skip', task: id }),
  activate: ({ id, token }) => ({ type: 'task.activate', task: id, token }),
  nominate: ({ id, token }) => ({
    type: 'task.nominate',
    task: id,
    token,
    to: ['passport_x', 'passport_y'],
  }),
  stop: ({ id, token }) => ({ type: 'task.stop', task: id, token }),
  suspend: ({ id, token }) => ({ type: 'task.suspend', task: id, token }),
  resume: ({ id, token }) => ({ type: 'task.resume', task: id, token }),
  delegate: ({ id, token }) => ({ type: 'task.delegate', task: id, token, to: 'passport_y' }),
  forward: ({ id, token }) => ({ type: 'task.forward', task: id, token, to: 'passport_y', from: null }),
  exit: ({ id, token }) => ({ type: 'task.exit', task: id, token }),
  comment: ({ id }) => ({ type: 'task.comment', task: id, text: 'Look here', mentions: ['role:lead'] }),
  attach: ({ id }) => ({
    type: 'task.attach',
    task: id,
    name: 'a',
    sha256: 'f'.repeat(64),
    mediaType: 'x/y',
  }),
  detach: ({ id }) => ({ type: 'task.detach', task: id, name: 'a' }),
  draft: ({ id, token }) => ({ type: 'task.draft', task: id, token, draft: { so: 'far' } }),
  set: ({ id }) => ({ type: 'task.set', task: id, priority: 9 }),
  request_help: ({ id, token }) => ({
    type: 'task.request_help',
    task: id,
    token,
    from: 'role:expert',
    text: 'How?',
  }),
  force_complete: ({ id, token }) => ({ type: 'task.force_complete', task: id, token, output: null }),
  force_fail: ({ id, token }) => ({ type: 'task.force_fail', task: id, token }),
  restart: ({ id, token }) => ({ type: 'task.restart', task: id, token, begins: true }),
  predo: ({ id }) => ({ type: 'task.predo', task: id, output: null }),
  redo: ({ id, step, round }) => ({ type: 'task.redo', task: id, step, round }),
  decide: ({ id, approval: asked }) => ({
    type: 'task.decide',
    task: id,
    outcome: 'approve',
    subject: asked?.subject ?? '',
  }),
};

/** What is done before its turn is announced only. */
const specimen = (run: Play, status: TaskStatus, command: Commanded, deciding: boolean): Task => {
  if (deciding) return run.task('work.agree');
  return status === 'created' && command === 'predo' ? run.task('later.early') : TASK_IN[status](run);
};

for (const status of Object.keys(TASK_IN) as TaskStatus[]) {
  for (const command of Object.keys(TASK_COMMAND) as Commanded[]) {
    const next: TaskStatus | undefined = (TASK_COMMANDS[status] as Partial<Record<TaskCommand, TaskStatus>>)[
      command
    ];
    test(`task ${status}: ${command} ${next ? `leads to ${next}` : 'is refused'}`, () => {
      const run = play(GRAPH);
      const deciding = command === 'decide' && next !== undefined;
      const found = specimen(run, status, command, deciding);
      assert.equal(found.status, status);
      const given = TASK_COMMAND[command](found);
      if (!next && command === 'redo') return assert.equal(run.try(given).ok, false);
      if (command === 'detach' && next) run.do(TASK_COMMAND.attach(found));
      if (!next) return run.refused(isTaskFinal(status) ? 'task_closed' : 'task_status', given);
      run.do(given, actor(deciding ? 'passport_maria' : 'passport_x'));
      assert.equal(found.status, next);
    });
  }
}

test('a lease that runs out is a release by the table: only of what is held', () => {
  for (const status of Object.keys(TASK_IN) as TaskStatus[]) {
    const run = play(GRAPH);
    const { id, token } = TASK_IN[status](run);
    const answer = run.try({ type: 'task.expire', task: id, token });
    assert.equal(answer.ok, 'release' in TASK_COMMANDS[status], status);
  }
});

test('final statuses have no way out, and every other has one (LIFE-2)', () => {
  for (const status of Object.keys(RUN_COMMANDS) as RunStatus[])
    assert.equal(
      isRunFinal(status),
      Object.keys(RUN_COMMANDS[status]).length + RUN_PROGRESS[status].length === 0,
      status,
    );
  for (const [status, next] of Object.entries(APPROVAL_NEXT))
    assert.equal(next.length > 0, status === 'open');
});
