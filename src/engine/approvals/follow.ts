import type { ApprovalNode, SendBack } from '../../definition/graph.ts';
import type { Draft } from '../draft.ts';
import { rejectRun } from '../finish.ts';
import { redoFrom } from '../redo.ts';
import type { Task } from '../state.ts';
import { stepOf } from '../steps.ts';

/** What follows when those who were asked did not approve. */

const redoOf = ({ onReject }: ApprovalNode): SendBack | null => (onReject.redo === null ? null : onReject);

/** How often the work can still go back for changes. */
export const roundsLeft = (draft: Draft, node: ApprovalNode, task: Task): number => {
  const back = node.onChanges ?? redoOf(node);
  return back === null ? 0 : back.max - stepOf(draft.state, task.step).redone;
};

export const followChanges = (draft: Draft, node: ApprovalNode, task: Task, feedback: string): void => {
  const back = node.onChanges ?? redoOf(node);
  if (back) redoFrom(draft, back.redo, task.step, feedback, back.others);
};

/** The run ends as rejected, unless the work goes back once more. */
export const followRejection = (draft: Draft, node: ApprovalNode, task: Task, message: string): void => {
  const back = redoOf(node);
  if (back && stepOf(draft.state, task.step).redone < back.max)
    return redoFrom(draft, back.redo, task.step, message, back.others);
  rejectRun(draft, { code: 'rejected', message, step: task.step, slot: task.slot, layer: 'decide' });
};
