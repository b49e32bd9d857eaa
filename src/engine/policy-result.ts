import { asksApproval, whyOf } from '../policy/ruling.ts';
import type { Ruling } from '../policy/index.ts';
import type { Draft } from './draft.ts';
import { workId } from './ids.ts';
import { approvalSpec } from './policy-approval.ts';
import type { HeldResult, ResultApproval } from './policy-state.ts';
import { setDeadlineTimer } from './set-deadline.ts';
import type { SlotState, StepState, Task } from './state.ts';

/**
 * Policies that ask for an approval of what comes of work.
 *
 * RESULT-1  The work has ended, and its result is kept in its place, where those are asked whom the policies name, one after the other.
 *           Nothing that follows sees it before the last of them has said yes.
 * RESULT-2  What is approved is exactly what was handed in, by whomever. A no fails the slot (FAIL-2).
 * RESULT-3  What waits has been done: it is undone where its step says how when the run ends or goes back meanwhile, and when the answer is no.
 */
export const heldBy = (ruling: Ruling): { readonly held?: ResultApproval } => {
  const approvals = asksApproval(ruling);
  const { authority } = ruling;
  return approvals.length > 0 ? { held: { approvals, reason: whyOf(ruling), authority } } : {};
};

export const askForResult = (
  draft: Draft,
  name: string | null,
  step: StepState,
  slot: SlotState,
  { output, approvals, reason, authority }: HeldResult,
): void => {
  const [next] = approvals;
  if (!next) throw new Error(`nothing is asked of the result of ${step.id}`);
  const { moment, state } = draft;
  const attempt = slot.attempt + 1;
  const asked = {
    step: step.id,
    slot: slot.slot,
    task: workId(state, step, slot.slot, attempt),
    round: step.round,
    attempt,
    priority: state.priority,
    description: `Approve the result: ${name ?? step.id}`,
    reason,
    subject: {
      work: name ?? step.id,
      step: step.id,
      result: output,
      consequence: {
        approved: 'It is the result of the step, exactly as it is.',
        rejected: 'It does not count; the step fails.',
      },
    },
    separate: [],
  };
  const digest = moment.sha256(moment.canonical({ kind: 'task.complete', step: step.id, output }));
  const spec = approvalSpec(draft, asked, next);
  const data = { ...spec, digest, restsOn: next.restsOn, nth: (slot.asked ?? 0) + 1 };
  draft.rule('result.asked', 'decide', data, { ...authority });
  setDeadlineTimer(draft, state.tasks[spec.task] as Task);
};
