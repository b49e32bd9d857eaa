import { decisionOf, type Decision } from '../approvals/terms.ts';
import { decidedBefore, isInvolved, isStale, lacksReason } from '../approvals/guard.ts';
import type { CommandOf } from '../command.ts';
import type { Draft } from '../draft.ts';
import { refuse, type Rejection } from '../failure.ts';
import type { Approval, Task } from '../state.ts';

/** What somebody says of it, or why that does not count. */
export const decisionOn = (
  draft: Draft,
  task: Task,
  approval: Approval,
  command: CommandOf<'task.decide'>,
): Decision | Rejection => {
  const { outcome, reason } = command;
  const stale = isStale(task, approval, command);
  if (stale) return stale;
  if (outcome === 'approve_with_changes')
    return refuse('subject_invalid', 'What is asked for can be approved or rejected, and not be changed.');
  if (outcome === 'request_changes')
    return refuse('changes_exhausted', 'Reject it with the reason: whoever asked is told.');
  const refusal = decidedBefore(draft, task, approval, command) ?? isInvolved(draft, task);
  if (refusal) return refusal;
  if (!reason && approval.reasoned) return lacksReason(task);
  return decisionOf(draft, command, { changed: null, stage: 0 });
};

/** How many more have to say yes, when this has been said. */
export const missingAfter = ({ quorum, decisions }: Approval, { outcome }: Decision): number =>
  quorum - decisions.filter((made) => made.outcome === 'approve').length - (outcome === 'approve' ? 1 : 0);
