import { partiesTo } from './attribution.ts';
import { forgetDeadline } from './close.ts';
import type { CommandOf } from './command.ts';
import type { Draft } from './draft.ts';
import { refuse, type Rejection } from './failure.ts';
import { rejectRun } from './finish.ts';
import { redoFrom } from './redo.ts';
import type { Approval, Task } from './state.ts';
import { stepOf } from './steps.ts';
import { guard, isRefused, nodeOf } from './task-guard.ts';

/**
 * Decisions on approvals.
 *
 * DECIDE-1  A decision counts only for the subject whose digest the decider names (promise 4).
 * DECIDE-2  Nobody decides about work that they, or someone they answer for, contributed (promise 5); nor under a delegation, where
 *           anybody in its chain has.
 * DECIDE-3  One person is one voice, whether they speak themselves or somebody speaks for them.
 */
export const decideTask = (draft: Draft, command: CommandOf<'task.decide'>): Rejection | null => {
  const task = guard(draft, command.task, 'decide');
  if (isRefused(task)) return task;
  const { approval } = task;
  if (!approval)
    return refuse('task_kind', `Task ${task.id} is not an approval: it is completed, not decided.`);
  const refusal = mayDecide(draft, task, approval, command.subject);
  if (refusal) return refusal;
  const { by, now } = draft.moment;
  const { outcome, subject, reason = null } = command;
  const decision = { participant: by.actor, onBehalfOf: by.onBehalfOf, outcome, reason, subject, at: now };
  draft.emit('task.decided', 'decide', { task: task.id, decision });
  if (approval.status !== 'open') forgetDeadline(draft, task);
  if (approval.status === 'rejected') followRejection(draft, task, reason);
  return null;
};

const mayDecide = (draft: Draft, task: Task, approval: Approval, subject: string): Rejection | null => {
  const { actor, onBehalfOf } = draft.moment.by;
  const voices = onBehalfOf === null ? [actor] : [actor, onBehalfOf];
  if (approval.subject !== subject)
    return refuse(
      'approval_stale',
      `What was decided about is not what task ${task.id} asks for now. Read it again, then decide.`,
      {
        subject: approval.subject,
      },
    );
  for (const { participant, onBehalfOf: principal } of approval.decisions)
    if (voices.includes(participant) || (principal !== null && voices.includes(principal)))
      return refuse(
        'already_decided',
        `${actor} has decided on task ${task.id} already, or somebody has for them.`,
      );
  for (const passport of partiesTo(draft.moment.by))
    if (Object.hasOwn(draft.state.contributors, passport))
      return refuse(
        'separation_of_duties',
        `${passport} took part in the work, so ${actor} may not decide on it. Ask someone else.`,
      );
  return null;
};

const followRejection = (draft: Draft, task: Task, reason: string | null): void => {
  const node = nodeOf(draft, task);
  const step = stepOf(draft.state, task.step);
  const message = reason ?? 'rejected without a reason';
  if (node.kind === 'approval' && node.onReject.redo !== null && step.redone < node.onReject.max)
    return redoFrom(draft, node.onReject.redo, step.id, message);
  rejectRun(draft, { code: 'rejected', message, step: task.step, slot: task.slot, layer: 'decide' });
};
