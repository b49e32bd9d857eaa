import type { RecordNode } from '../definition/graph.ts';
import type { Json } from '../definition/json.ts';
import type { Draft } from './draft.ts';
import type { Failure } from './failure.ts';
import type { StepState } from './state.ts';
import { stepOf } from './steps.ts';

/**
 * What was approved, looked at again when it is carried out.
 *
 * USE-1  Exactly what was approved is written, or nothing (promise 4): a change after the approval is found here.
 * USE-2  An approval is not used up: what failed after it is done again on the same one.
 */
export const unapprovedInput = (
  draft: Draft,
  node: RecordNode,
  slot: number,
  input: Json,
): Failure | null => {
  if (node.approvedBy === null) return null;
  const step = stepOf(draft.state, node.approvedBy);
  if (isNotAsked(step)) return null;
  const approved = step.approved[step.fanOut ? slot : 0];
  if (approved === undefined)
    return { code: 'approval_stale', message: `${step.id} has not approved what is to be written.` };
  if (draft.moment.sha256(draft.moment.canonical(input)) === approved) return null;
  const message = `What is to be written is not what ${step.id} approved. Write what is in phases.${step.id}.output.subject.`;
  return { code: 'approval_stale', message };
};

/** Its condition says that this needs no approval; one that was skipped because it failed is another matter. */
const isNotAsked = ({ status, count }: StepState): boolean => status === 'skipped' && count === 0;
