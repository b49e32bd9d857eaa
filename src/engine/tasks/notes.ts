import type { CommandOf } from '../command.ts';
import type { Draft } from '../draft.ts';
import { refuse, type Rejection } from '../failure.ts';
import { capTime } from '../policies/limits.ts';
import { cancelDeadlineTimer, setDeadlineTimer } from '../set-deadline.ts';
import type { Task } from '../state.ts';
import { begun, guard, held, isRefused } from './guard.ts';

/**
 * What people note on a task: comments, attachments, drafts, and how urgent it is.
 *
 * NOTE-1  It is bounded in number, since it is held in memory with the run; what is large is an artifact.
 * NOTE-2  A draft is kept as it is: only a result is checked.
 */
const MAX_COMMENTS = 500;
const MAX_ATTACHMENTS = 100;

export const comment = (draft: Draft, command: CommandOf<'task.comment'>): Rejection | null => {
  const task = guard(draft, command.task, 'comment');
  if (isRefused(task)) return task;
  if ((task.notes?.comments.length ?? 0) >= MAX_COMMENTS) return full(task, `${MAX_COMMENTS} comments`);
  const { text, mentions } = command;
  draft.emit('task.commented', task.layer, { task: task.id, text, mentions });
  return null;
};

/** Under a name that is there already it takes the place of what was attached before. */
export const attach = (draft: Draft, command: CommandOf<'task.attach'>): Rejection | null => {
  const task = guard(draft, command.task, 'attach');
  if (isRefused(task)) return task;
  const { name, sha256, mediaType } = command;
  const others = task.notes?.attachments.filter((one) => one.name !== name) ?? [];
  if (others.length >= MAX_ATTACHMENTS) return full(task, `${MAX_ATTACHMENTS} attachments`);
  draft.emit('task.attached', task.layer, { task: task.id, name, sha256, mediaType });
  return null;
};

export const detach = (draft: Draft, command: CommandOf<'task.detach'>): Rejection | null => {
  const task = guard(draft, command.task, 'detach');
  if (isRefused(task)) return task;
  const { name } = command;
  if (!task.notes?.attachments.some((one) => one.name === name))
    return refuse('attachment_unknown', `Task ${task.id} has no attachment ${name}.`);
  draft.emit('task.detached', task.layer, { task: task.id, name });
  return null;
};

export const saveDraft = (draft: Draft, command: CommandOf<'task.draft'>): Rejection | null => {
  const task = held(draft, command, 'draft');
  if (isRefused(task)) return task;
  const credited = command.draft !== null && { credited: true as const };
  draft.emit('task.drafted', task.layer, { task: task.id, draft: draft.settle(command.draft), ...credited });
  return null;
};

export const setTask = (draft: Draft, command: CommandOf<'task.set'>): Rejection | null => {
  const task = begun(draft, command.task, 'set');
  if (isRefused(task)) return task;
  const { priority, deadline } = command;
  if (deadline != null && deadline <= draft.moment.now)
    return refuse('time_past', 'The deadline that is to be set has passed.');
  if (deadline !== undefined) cancelDeadlineTimer(draft, task);
  draft.emit('task.set', 'decide', {
    task: task.id,
    ...(priority !== undefined && { priority }),
    ...(deadline !== undefined && { deadline }),
  });
  if (deadline !== undefined) {
    setDeadlineTimer(draft, task);
    capTime(draft, task.id);
  }
  return null;
};

const full = ({ id }: Task, most: string): Rejection =>
  refuse('notes_full', `Task ${id} has ${most}, which is the most.`);
