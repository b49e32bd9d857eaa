import { followRejection } from './approval-follow.ts';
import { quorumFrom } from './approval-terms.ts';
import { forgetDeadline } from './close.ts';
import { dueIn } from './deadline-terms.ts';
import type { Draft } from './draft.ts';
import { failTask, NOTHING } from './fail-task.ts';
import { deadlineTimer } from './ids.ts';
import { watchDeadline } from './open.ts';
import type { Task } from './state.ts';
import { nodeOf } from './task-guard.ts';

/** An approval that nobody decided in time: the next in line is asked too, and in the end it is as its step says; never approved. */
export const timeOut = (draft: Draft, task: Task, why: string): void => {
  const { approval } = task;
  const [to] = approval?.escalate ?? [];
  if (to === undefined) return expire(draft, task, why);
  if (task.deadline !== null) draft.cancelTimer(deadlineTimer(task));
  const deadline = dueIn(draft, approval?.within ?? 0, null);
  const quorum = quorumFrom(draft, nodeOf(draft, task), task, [...task.from, to]);
  draft.flow('task.escalated', 'decide', { task: task.id, to, deadline, ...quorum });
  watchDeadline(draft, task);
};

const expire = (draft: Draft, task: Task, message: string): void => {
  const node = nodeOf(draft, task);
  if (node.kind === 'approval' && node.onTimeout === 'reject') rejectInTime(draft, task, message);
  else failTask(draft, task, { code: 'approval_expired', message, lasting: true });
};

/** As if somebody had rejected it. */
export const rejectInTime = (draft: Draft, task: Task, message: string): void => {
  const node = nodeOf(draft, task);
  if (node.kind !== 'approval') return;
  const { step, slot, layer } = task;
  forgetDeadline(draft, task);
  draft.flow('task.failed', layer, {
    task: task.id,
    failure: { code: 'rejected', message, step, slot, layer },
    usage: NOTHING,
    after: { then: 'fail' },
    rejected: true,
  });
  followRejection(draft, node, task, message);
};
