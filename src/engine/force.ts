import type { PhaseNode } from '../definition/graph.ts';
import { check, confirms, mayAnswer } from './tasks/commands.ts';
import { forgetDeadline } from './close.ts';
import type { CommandOf, Handling } from './command.ts';
import { undoSlot } from './compensate.ts';
import type { Forced } from './events/compensation.ts';
import { compensationOf } from './done.ts';
import type { Draft } from './draft.ts';
import { NOTHING } from './fail-task.ts';
import { failureOf, refuse, type Rejection } from './failure.ts';
import { cancelRun, removeOthers } from './finish.ts';
import { judgeResult } from './policies/work.ts';
import { rollBack, stepsFrom } from './redo.ts';
import type { Task } from './state.ts';
import { begun, held, isRefused } from './tasks/guard.ts';

/**
 * What an administrator decides over a task, wherever it stands: it is completed, it has failed, or it is begun again; and what that
 * means for the rest of the run and for what was done.
 *
 * FORCE-1  An approval is nobody's to force: it is decided, or ended.
 * FORCE-2  A result that is forced is held to what any result is held to, and is that of whoever forces it (TASK-6).
 * FORCE-3  What happens to the task, to the run and to what was done is one transition.
 */
type Forcing = 'force_complete' | 'force_fail' | 'restart';

export const forceComplete = (draft: Draft, command: CommandOf<'task.force_complete'>): Rejection | null => {
  const task = mayForce(draft, command, 'force_complete');
  if (isRefused(task)) return task;
  const { output } = command;
  const wrong = mayAnswer(draft, task) ?? check(draft, task, output);
  if (wrong) return wrong;
  if (task.kind === 'verification' && !confirms(output))
    return refuse(
      'output_invalid',
      `Task ${task.id} confirms a write: its result is true, or { verified: true }.`,
    );
  const judged = judgeResult(draft, task, { output }, null);
  if ('code' in judged) return judged;
  if ((judged.held ?? judged.review) && command.recovery === 'compensate' && !command.remove)
    return awaitsPeople(task);
  forgetDeadline(draft, task);
  draft.emit('task.completed', 'decide', {
    task: task.id,
    output: draft.settle(output),
    usage: NOTHING,
    ...judged,
    forced: forcedBy(command),
  });
  handle(draft, task, command, false);
  return null;
};

/** What is undone already can neither be undone when they say no, nor be accepted when they say yes. */
const awaitsPeople = ({ id }: Task): Rejection =>
  refuse(
    'human_required',
    `People look at the result of task ${id} before it counts, and what is undone is none. Force it to fail, or leave out 'compensate'.`,
  );

export const forceFail = (draft: Draft, command: CommandOf<'task.force_fail'>): Rejection | null => {
  const task = mayForce(draft, command, 'force_fail');
  if (isRefused(task)) return task;
  const failure = failureOf(task, 'forced', command.reason ?? 'failed by an administrator');
  forgetDeadline(draft, task);
  draft.emit('task.failed', 'decide', {
    task: task.id,
    failure,
    usage: NOTHING,
    after: { then: 'fail' },
    forced: forcedBy(command),
  });
  handle(draft, task, command, true);
  return null;
};

/** Where what it has done is undone first, it is put aside meanwhile; where the run goes back behind it, its holder gets it again. */
export const restart = (draft: Draft, command: CommandOf<'task.restart'>): Rejection | null => {
  const task = mayForce(draft, command, 'restart');
  if (isRefused(task)) return task;
  const { recovery = 'none', remove, begins } = command;
  const forced = forcedBy(command);
  const node = recovery === 'compensate' && !remove ? compensationOf(draft, task.step) : null;
  if (node) {
    const { reason } = forced;
    draft.emit('task.suspended', 'decide', { task: task.id, until: null, reason, undo: true, forced });
    undoSlot(draft, node, task, { partial: true, restart: { task: task.id, begins } });
    return null;
  }
  const phase = typeof recovery === 'object' && !remove ? phaseOf(draft, recovery.rollback) : null;
  const isBehind = phase && stepsFrom(draft, phase.index).some(({ id }) => id === task.step);
  if (!isBehind)
    draft.emit('task.restarted', 'decide', { task: task.id, token: task.token + 1, begins, forced });
  if (remove) removeRest(draft, command, [task.id]);
  else goBack(draft, command, isBehind ? task : null);
  return null;
};

const mayForce = (
  draft: Draft,
  command: { readonly task: string; readonly token: number } & Handling,
  name: Forcing,
): Task | Rejection => {
  const task = held(draft, command, name);
  if (isRefused(task)) return task;
  const turn = begun(draft, command.task, name);
  if (isRefused(turn)) return turn;
  if (task.approval)
    return refuse('task_kind', `Task ${task.id} is an approval: it is decided, or ended (task.exit).`);
  const { status, run } = draft.state;
  const interferes = command.remove !== undefined || (command.recovery ?? 'none') !== 'none';
  if (status === 'closing' && interferes)
    return refuse('run_status', `Run ${run} is closing: how it ends is settled.`, { status });
  return mayRecover(draft, task, command) ?? task;
};

const mayRecover = (draft: Draft, task: Task, { recovery = 'none', remove }: Handling): Rejection | null => {
  if (typeof recovery === 'object') return knownPhase(draft, recovery.rollback);
  if (recovery === 'none' || remove || compensationOf(draft, task.step)) return null;
  return refuse(
    'compensation_unknown',
    `Step ${task.step} does not say how its work is undone (compensate).`,
  );
};

export const knownPhase = ({ graph }: Draft, id: string): Rejection | null => {
  const known = graph.phases.map((phase) => phase.id);
  return known.includes(id)
    ? null
    : refuse('phase_unknown', `There is no phase ${id}. There are: ${known.join(', ')}.`, { known });
};

const forcedBy = ({ cause, reason }: Handling): Forced => ({ cause: cause ?? null, reason: reason ?? null });

/** What follows for the run, and for what was done. */
const handle = (draft: Draft, task: Task, handling: Handling, partial: boolean): void => {
  const { recovery = 'none', remove } = handling;
  const node = recovery === 'compensate' ? compensationOf(draft, task.step) : null;
  if (node && (partial || !remove)) undoSlot(draft, node, task, { partial });
  if (remove) removeRest(draft, handling, []);
  else goBack(draft, handling, null);
};

const removeRest = (
  draft: Draft,
  { recovery = 'none', remove, ...why }: Handling,
  keep: readonly string[],
): void => {
  const { reason = null, cause = null } = why;
  cancelRun(draft, reason, { keep, ...(cause && { cause }), ...undoneOf(draft, recovery) });
  if (remove === 'all') removeOthers(draft, { reason, cause, recovery });
};

/** The steps whose work is undone as a run ends; all of them where nothing is said. */
export const undoneOf = (
  draft: Draft,
  recovery: NonNullable<Handling['recovery']>,
): { undo?: readonly string[] } => {
  if (recovery === 'compensate') return {};
  if (recovery === 'none') return { undo: [] };
  return { undo: stepsFrom(draft, phaseOf(draft, recovery.rollback).index).map(({ id }) => id) };
};

export const phaseOf = ({ graph }: Draft, id: string): PhaseNode =>
  graph.phases.find((phase) => phase.id === id) as PhaseNode;

/** Whoever had `kept` gets it again. */
const goBack = (draft: Draft, { recovery = 'none', reason, cause }: Handling, kept: Task | null): void => {
  if (typeof recovery !== 'object') return;
  const { step, slot, assignee } = kept ?? { assignee: null };
  rollBack(draft, phaseOf(draft, recovery.rollback), {
    feedback: reason ?? 'the run was rolled back',
    ...(assignee !== null && { keeps: { step, slot, assignee } }),
    ...(cause && { cause }),
  });
};
