import { isBeyond, timeOut, tooFew } from '../approvals/timeout.ts';
import type { CommandOf } from '../command.ts';
import { undoHeld } from '../compensate.ts';
import type { Draft } from '../draft.ts';
import { failTask } from '../fail-task.ts';
import type { Rejection } from '../failure.ts';
import { decisionOn, missingAfter } from './decision.ts';
import { placeOf } from './state.ts';
import { cancelDeadlineTimer } from '../set-deadline.ts';
import type { Approval, Task } from '../state.ts';
import { stepOf } from '../steps.ts';
import { nodeOf } from '../tasks/guard.ts';

/**
 * A decision on a write, on work that is to be given out, or on its result, that a policy asks to have approved. A no fails it, and its step
 * says what follows; so it is where too few are left to say yes (DECIDE-4).
 */
export const decideInPlace = (
  draft: Draft,
  task: Task,
  approval: Approval,
  command: CommandOf<'task.decide'>,
): Rejection | null => {
  const decision = decisionOn(draft, task, approval, command);
  if ('code' in decision) return decision;
  const after = { ...approval, decisions: [...approval.decisions, decision] };
  const approved = decision.outcome === 'approve' && missingAfter(approval, decision) <= 0;
  if (approved) cancelDeadlineTimer(draft, task);
  const step = stepOf(draft.state, task.step);
  const settles = approved && { settles: 'approved' as const };
  const said = { task: task.id, decision, heard: true as const, ...settles };
  const held = step.slots[task.slot]?.held;
  if (held) {
    const accepted = approved && held.approvals.length === 1;
    draft.emit('result.decided', 'decide', { ...said, ...(accepted && { accepted }) });
  } else {
    const asked = draft.state.boundaries?.writes[placeOf(step, task.slot)];
    const type = nodeOf(draft, task).kind === 'record' && !asked?.begins ? 'write.decided' : 'begin.decided';
    draft.emit(type, 'decide', said);
  }
  if (decision.outcome === 'reject') {
    undoHeld(draft, task);
    const message = decision.reason ?? 'rejected without a reason';
    failTask(draft, task, { code: 'rejected', message, lasting: true });
  } else if (!approved && isBeyond(draft, task, after, decision)) timeOut(draft, task, tooFew(after));
  return null;
};
