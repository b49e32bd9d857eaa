import assert from 'node:assert/strict';
import { isRunFinal, type Task } from '../../src/engine/index.ts';
import { actor, type Play } from '../engine-kit/index.ts';

/** More rounds than any of the random runs can take. */
const PATIENCE = 3000;

/** Everybody does what they are asked, at once and well, until the run has ended and its children have too. */
export const settle = (play: Play): void => {
  play.routing = {};
  for (let round = 0; !isOver(play); round += 1) {
    assert.ok(
      round < PATIENCE,
      `the run does not end: ${play.current.status}, ${JSON.stringify(play.current.open)}`,
    );
    if (leave(play) || govern(play) || work(play, round) || endChild(play)) continue;
    assert.ok(elapse(play), 'the run waits for nothing that will happen');
  }
};

export const isOver = (play: Play): boolean =>
  isRunFinal(play.current.status) && Object.keys(play.current.leaving).length === 0;

/** Lets a run begin or go on that waits for that; false when there is nothing of the kind to do. */
export const govern = (play: Play): boolean => {
  const { status, failure, limits, parent } = play.current;
  if (status === 'pending_approval') play.do({ type: 'approve' });
  else if (status === 'stopped') play.do({ type: 'resume' });
  else if (status === 'paused') {
    const raised = { tasks: limits.tasks + 50, tokens: null, cost: null };
    play.do({ type: 'resume', ...(failure && !parent ? { limits: raised } : {}) });
  } else return false;
  return true;
};

/** Does the oldest task, or sends a signal that is waited for. */
export const work = (play: Play, round: number): boolean => {
  const task = play.open.find(
    ({ id, status, step, slot, suspension }) =>
      (status !== 'created' || play.step(step).slots[slot]?.task === id) && !suspension?.undo,
  );
  const [signal] = Object.keys(play.current.waiting);
  if (task) finish(play, task, round);
  else if (signal !== undefined) play.do({ type: 'signal', signal, payload: null });
  return task !== undefined || signal !== undefined;
};

/** Deciders are new each time, and have not worked on anything. */
const finish = (play: Play, task: Task, round: number): void => {
  const { id, token } = task;
  for (const { id: request, answer } of task.help)
    if (!answer)
      play.do({ type: 'task.help', task: id, request, output: null }, actor(`passport_helper_${round}`));
  if (task.status === 'suspended') play.do({ type: 'task.resume', task: id, token });
  else if (task.status === 'created' && (task.activateAt !== null || task.rules?.activation))
    play.do({ type: 'task.activate', task: id, token });
  else if (task.status === 'created' || task.offeredTo?.length === 0)
    play.do({ type: 'task.route', task: task.id, reason: 'settling' });
  else if (task.kind === 'approval') approve(play, task, round);
  else {
    const assignee = task.assignee ?? task.offeredTo?.[0] ?? `passport_worker_${round}`;
    play.complete(task, task.kind === 'verification' ? true : round, assignee);
  }
};

const approve = (play: Play, { id, approval }: Task, round: number): void => {
  const said = { outcome: 'approve', reason: 'right', as: [`group:fresh_${round}`] } as const;
  play.do(
    { type: 'task.decide', task: id, subject: approval?.subject ?? '', ...said },
    actor(`passport_fresh_${round}`),
  );
};

/** The next timer fires at its time; what it leads to must be something. The duration of the run is not waited for. */
export const elapse = (play: Play): boolean => {
  const [timer] = [...play.timers.values()]
    .filter(({ what }) => what.kind !== 'duration')
    .sort((a, b) => a.due - b.due);
  if (!timer) return false;
  play.now = Math.max(play.now, timer.due);
  assert.ok(play.fire(timer.id).length > 0, 'a timer that is due does something');
  return true;
};

const endChild = (play: Play): boolean => {
  const [child] = play.children;
  if (child) play.endChild({ ...child, usage: { tasks: 1, tokens: 1, cost: 0 } });
  return child !== undefined;
};

const leave = (play: Play): boolean => {
  const [run] = Object.keys(play.current.leaving);
  if (run === undefined) return false;
  const step = play.current.steps[0]?.id as string;
  const usage = { tasks: 0, tokens: 0, cost: 0 };
  const end = {
    type: 'child.end',
    run,
    step,
    slot: 0,
    output: null,
    failure: null,
    usage,
    contributors: [],
  } as const;
  play.do(end, actor('system:outbox'));
  return true;
};
