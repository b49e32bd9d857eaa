import assert from 'node:assert/strict';
import { isRunFinal, type Task } from '../../src/engine/index.ts';
import { actor, type Play } from '../engine-kit/index.ts';

/** More rounds than any of the random runs can take. */
const PATIENCE = 3000;

/** Everybody does what they are asked, at once and well, until the run has ended and its children have too. */
export const settle = (play: Play): void => {
  for (let round = 0; !isOver(play); round += 1) {
    assert.ok(
      round < PATIENCE,
      `the run does not end: ${play.current.status}, ${JSON.stringify(play.current.open)}`,
    );
    oneRound(play, round);
  }
};

const isOver = (play: Play): boolean =>
  isRunFinal(play.current.status) && Object.keys(play.current.leaving).length === 0;

const oneRound = (play: Play, round: number): void => {
  const { status, failure, limits, parent } = play.current;
  const [leaving] = Object.keys(play.current.leaving);
  if (leaving !== undefined) return leave(play, leaving);
  if (status === 'pending_approval') return void play.do({ type: 'approve' });
  if (status === 'stopped') return void play.do({ type: 'resume' });
  if (status === 'paused') {
    const raised = { tasks: limits.tasks + 50, tokens: null, cost: null };
    return void play.do({ type: 'resume', ...(failure && !parent ? { limits: raised } : {}) });
  }
  const [task] = play.open;
  if (task) return work(play, task, round);
  const [child] = play.children;
  if (child) {
    const used = { tasks: 1, tokens: 1, cost: 0 };
    return void play.endChild({ ...child, usage: used });
  }
  const [signal] = Object.keys(play.current.waiting);
  if (signal !== undefined) return void play.do({ type: 'signal', signal, payload: null });
  const [timer] = [...play.timers.values()]
    .filter(({ what }) => what.kind !== 'duration')
    .sort((a, b) => a.due - b.due);
  assert.ok(timer, 'the run waits for nothing that will happen');
  play.now = Math.max(play.now, timer.due);
  assert.ok(play.fire(timer.id).length > 0, 'a timer that is due does something');
};

/** Deciders are new each time, and have not worked on anything. */
const work = (play: Play, task: Task, round: number): void => {
  if (task.kind === 'approval') play.decide(task, 'approve', `passport_fresh_${round}`);
  else {
    const assignee = task.assignee ?? `passport_worker_${round}`;
    play.complete(task, task.kind === 'verification' ? true : round, assignee);
  }
};

const leave = (play: Play, run: string): void => {
  const step = play.current.steps[0]?.id as string;
  const usage = { tasks: 0, tokens: 0, cost: 0 };
  play.do(
    { type: 'child.end', run, step, slot: 0, output: null, failure: null, usage, contributors: [] },
    actor('system:outbox'),
  );
};
