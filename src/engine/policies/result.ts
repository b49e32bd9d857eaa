import { asksApproval, whyOf } from '../../policy/ruling.ts';
import type { Ruling } from '../../policy/index.ts';
import type { Draft } from '../draft.ts';
import { askInPlace } from './in-place.ts';
import type { HeldResult, ResultApproval } from './state.ts';
import type { SlotState, StepState } from '../state.ts';

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
  return approvals.length > 0 ? { held: { approvals, reason: whyOf(ruling), authority, ahead: true } } : {};
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
  const asked = {
    priority: state.priority,
    description: `Approve the result: ${name ?? step.id}`,
    reason,
    subject: { work: name ?? step.id, step: step.id, result: output, consequence: CONSEQUENCE },
    digest: moment.sha256(moment.canonical({ kind: 'task.complete', step: step.id, output })),
    authority,
  };
  askInPlace(draft, 'result.asked', step, slot, asked, next);
};

const CONSEQUENCE = {
  approved: 'It is the result of the step, exactly as it is.',
  rejected: 'It does not count; the step fails.',
};
