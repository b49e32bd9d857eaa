import { actingOn } from '../approvals/use.ts';
import type { Attribution } from '../attribution.ts';
import type { Draft } from '../draft.ts';
import type { Rejection } from '../failure.ts';
import { capTime } from '../policies/limits.ts';
import { mayBegin } from '../may-begin.ts';
import type { Task } from '../state.ts';

/**
 * How somebody gets a task by a command, and begins with it.
 *
 * TAKE-1  Whatever the way, policies and the emergency stop are asked first, and whoever begins is held to what they allow.
 */
export const reserve = (draft: Draft, task: Task, participant: string): Rejection | null =>
  take(draft, 'task.reserved', task, participant, actingOn(draft, task));

export const begin = (
  draft: Draft,
  task: Task,
  participant: string,
  by = actingOn(draft, task),
): Rejection | null => take(draft, 'task.started', task, participant, by);

const take = (
  draft: Draft,
  type: 'task.reserved' | 'task.started',
  task: Task,
  assignee: string,
  by: Attribution,
): Rejection | null => {
  const allowed = mayBegin(draft, task, assignee, type === 'task.started');
  if ('code' in allowed) return allowed;
  const token = task.assignee === assignee ? task.token : task.token + 1;
  draft.emitAs(type, task.layer, { task: task.id, assignee, token, ...allowed }, by);
  capTime(draft, task.id);
  return null;
};
