import { followRejection } from './follow.ts';
import {
  electorate,
  hasSpoken,
  impartial,
  isApproving,
  isPassport,
  apartFrom,
  quorumFrom,
  reachOf,
  type Decision,
} from './terms.ts';
import { forgetDeadline } from '../close.ts';
import { undoHeld } from '../compensate.ts';
import { dueIn } from '../deadline-terms.ts';
import type { Draft } from '../draft.ts';
import { failTask, NOTHING } from '../fail-task.ts';
import { failureOf } from '../failure.ts';
import { watchDeadline } from '../open.ts';
import { cancelDeadlineTimer } from '../set-deadline.ts';
import type { Approval, Task } from '../state.ts';
import { nodeOf } from '../tasks/guard.ts';

/** An approval that nobody decided in time: the next in line is asked too, and in the end it is as its step says; never approved. */
export const timeOut = (draft: Draft, task: Task, why: string): void => {
  const { approval } = task;
  const [to] = approval?.escalate ?? [];
  if (to === undefined) return expire(draft, task, why);
  cancelDeadlineTimer(draft, task);
  const deadline = dueIn(draft, approval?.within ?? 0, null);
  const quorum = quorumFrom(draft, nodeOf(draft, task), task, [...new Set([...task.from, to])]);
  draft.flow('task.escalated', 'decide', { task: task.id, to, deadline, ...quorum });
  watchDeadline(draft, task);
};

/** DECIDE-4, where it is for others than before. */
export const endIfOutOfReach = (draft: Draft, task: Task): void => {
  if (task.approval && isOutOfReach(draft, task, task.approval)) timeOut(draft, task, tooFew(task.approval));
};

export const tooFew = ({ quorum }: Approval): string => `Too few are left to approve: it takes ${quorum}.`;

/**
 * Whether nobody has anything left to say, nor time to end it, and those who were asked cannot make the quorum: a role may have more
 * people than it has now, and whoever has not spoken may change what is asked, or send it back.
 */
const isOutOfReach = (draft: Draft, task: Task, approval: Approval): boolean => {
  const { from, deadlines } = task;
  const separate = apartFrom(draft.state, task);
  if (deadlines.some(({ then }) => then !== 'notify')) return false;
  const named = from.every(isPassport) ? impartial(draft.state, from, separate) : null;
  if (named?.some((party) => !hasSpoken(approval, party))) return false;
  return reachOf(draft, approval, { from, separate }, named) < approval.quorum;
};

/** DECIDE-4. Whether the quorum is out of reach with this; `after` is the approval with it. */
export const isBeyond = (draft: Draft, task: Task, after: Approval, decision: Decision): boolean => {
  if (isApproving(decision)) return isOutOfReach(draft, task, after);
  const { from } = task;
  const separate = apartFrom(draft.state, task);
  return reachOf(draft, after, { from, separate }, electorate(draft, from, separate)) < after.quorum;
};

const expire = (draft: Draft, task: Task, message: string): void => {
  const node = nodeOf(draft, task);
  if (node.kind === 'approval' && node.onTimeout === 'reject') return rejectInTime(draft, task, message);
  undoHeld(draft, task);
  failTask(draft, task, { code: 'approval_expired', message, lasting: true });
};

/** As if somebody had rejected it. */
export const rejectInTime = (draft: Draft, task: Task, message: string): void => {
  const node = nodeOf(draft, task);
  if (node.kind !== 'approval') return;
  forgetDeadline(draft, task);
  draft.flow('task.failed', task.layer, {
    task: task.id,
    failure: failureOf(task, 'rejected', message),
    usage: NOTHING,
    after: { then: 'fail' },
    rejected: true,
  });
  followRejection(draft, node, task, message);
};
