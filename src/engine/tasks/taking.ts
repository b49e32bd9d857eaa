import { actingOn } from '../approvals/use.ts';
import type { Attribution } from '../attribution.ts';
import type { Draft } from '../draft.ts';
import type { TakenAs } from '../events/passing.ts';
import type { Rejection } from '../failure.ts';
import { capTime } from '../policies/limits.ts';
import { mayBegin } from '../may-begin.ts';
import type { Task } from '../state.ts';

/**
 * How somebody gets a task by a command, and begins with it.
 *
 * TAKE-1  Whatever the way, policies and the emergency stop are asked first, and whoever begins is held to what they allow.
 * TAKE-5  Whoever takes what they did not have has it as what they took it, until somebody else has it, or nobody; from whom they act
 *         for, as those had it.
 */
interface How {
  /** Whose act it is; whoever asks, if left out. */
  readonly by?: Attribution;
  /** They take it as one who administers it. */
  readonly administrator?: boolean;
}

export const reserve = (draft: Draft, task: Task, participant: string, how: How = {}): Rejection | null =>
  take(draft, 'task.reserved', task, participant, how);

export const begin = (draft: Draft, task: Task, participant: string, how: How = {}): Rejection | null =>
  take(draft, 'task.started', task, participant, how);

const take = (
  draft: Draft,
  type: 'task.reserved' | 'task.started',
  task: Task,
  assignee: string,
  { by = actingOn(draft, task), administrator = false }: How,
): Rejection | null => {
  const allowed = mayBegin(draft, task, assignee, type === 'task.started');
  if ('code' in allowed) return allowed;
  const { id, token, layer } = task;
  const asOne = administrator || (task.takenAs?.administrator ?? false);
  const anew = task.assignee !== assignee && { token: token + 1, ...takenAs(by, asOne) };
  draft.emitAs(type, layer, { task: id, assignee, token, ...anew, ...allowed }, by);
  capTime(draft, task.id);
  return null;
};

/** TAKE-5 */
const takenAs = (
  { authority: { kind, id } }: Attribution,
  administrator: boolean,
): { readonly takenAs?: TakenAs } => {
  if (!administrator && kind !== 'delegation') return {};
  return {
    takenAs: { ...(administrator && { administrator }), ...(kind === 'delegation' && { delegation: id }) },
  };
};
