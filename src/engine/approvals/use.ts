import type { RecordNode } from '../../definition/graph.ts';
import type { Json } from '../../definition/json.ts';
import type { Attribution, Authority } from '../attribution.ts';
import type { Draft } from '../draft.ts';
import type { Failure } from '../failure.ts';
import type { Approved, StepState, Task } from '../state.ts';
import { stepOf } from '../steps.ts';

/**
 * What was approved, looked at again when it is carried out.
 *
 * USE-1  Exactly what was approved is written, or nothing (promise 4): a change after the approval is found here.
 * USE-2  An approval is not used up: what failed after it is done again on the same one.
 * USE-3  What is carried out names the approval that covers it as its authority, by the task that was decided and the digest. Where
 *        somebody acts for somebody else it is the delegation that is named, with its chain. Work is carried out by whoever it is for, on
 *        what asks them: an approval that lets them begin takes a bar away, and how it was ruled on stands in the entry (`ruled`).
 */
export const approvalOf = (
  draft: Draft,
  node: RecordNode,
  slot: number,
  input: Json,
): Authority | Failure | null => {
  if (node.approvedBy === null) return null;
  const step = stepOf(draft.state, node.approvedBy);
  if (isNotAsked(step)) return null;
  const approved = step.approved[step.fanOut ? slot : 0];
  if (approved === undefined)
    return { code: 'approval_stale', message: `${step.id} has not approved what is to be written.` };
  if (draft.moment.sha256(draft.moment.canonical(input)) === approved.digest) return onApproval(approved);
  const message = `What is to be written is not what ${step.id} approved. Write what is in phases.${step.id}.output.subject.`;
  return { code: 'approval_stale', message };
};

/** Its condition says that this needs no approval; one that was skipped because it failed is another matter. */
const isNotAsked = ({ status, count }: StepState): boolean => status === 'skipped' && count === 0;

/** USE-3 */
export const onApproval = ({ approval, digest }: Approved): Authority => ({
  kind: 'approval',
  id: approval,
  version: digest,
});

/** USE-3. Who acts, where it is what was approved that they do. */
export const carryingOut = (by: Attribution, approval: Authority | undefined): Attribution =>
  approval && by.authority.kind !== 'delegation' ? { ...by, authority: approval } : by;

/** USE-3. Who acts on a task. */
export const actingOn = ({ moment }: Draft, { restsOn }: Task): Attribution =>
  carryingOut(moment.by, restsOn);
