import { isBeyond, timeOut, tooFew } from '../approvals/timeout.ts';
import type { CommandOf } from '../command.ts';
import type { Draft } from '../draft.ts';
import type { Rejection } from '../failure.ts';
import { decisionOn, missingAfter } from './decision.ts';
import { callsOf, type ToolCall } from './state.ts';
import { withdrawOpen } from './tool-end.ts';
import { GRANTED_MS } from './tool-request.ts';
import { cancelDeadlineTimer } from '../set-deadline.ts';
import type { Approval, Task } from '../state.ts';

/** What people say of the calls that they are asked about, and what becomes of those that nobody needs any more. */
export const decideTool = (
  draft: Draft,
  task: Task,
  approval: Approval,
  command: CommandOf<'task.decide'>,
): Rejection | null => {
  const decision = decisionOn(draft, task, approval, command);
  if ('code' in decision) return decision;
  const { of, call } = askedBy(draft, task);
  const after = { ...approval, decisions: [...approval.decisions, decision] };
  const rejects = decision.outcome === 'reject';
  const settles = rejects ? 'rejected' : missingAfter(approval, decision) <= 0 ? 'approved' : null;
  const isLast = Object.keys(call.open).every((id) => id === task.id);
  if (settles) cancelDeadlineTimer(draft, task);
  draft.emit('tool.decided', 'decide', {
    task: task.id,
    of,
    request: call.id,
    decision,
    heard: true,
    ...(settles && { settles }),
    ...(settles === 'approved' && isLast && { granted: { expiresAt: draft.moment.now + GRANTED_MS } }),
  });
  if (rejects) withdrawOpen(draft, of, call.id, 'another decision on the same call was no');
  else if (!settles && isBeyond(draft, task, after, decision)) missToolApproval(draft, task, tooFew(after));
  return null;
};

const askedBy = ({ state }: Draft, { id }: Task): { readonly of: string; readonly call: ToolCall } => {
  const asked = state.boundaries?.asked[id];
  const call = asked && callsOf(state, asked.task)[asked.request];
  if (!asked || !call) throw new Error(`task ${id} asks for no call`);
  return { of: asked.task, call };
};

/** Nobody decided in time, or too few can: the next in line is asked too, and after the last the request is over. */
export const missToolApproval = (draft: Draft, task: Task, tooFewLeft?: string): void => {
  if ((task.approval?.escalate.length ?? 0) > 0)
    return timeOut(draft, task, tooFewLeft ?? 'Nobody decided in time.');
  const { of, call } = askedBy(draft, task);
  cancelDeadlineTimer(draft, task);
  const why = tooFewLeft === undefined ? {} : { reason: tooFewLeft };
  draft.flow('tool.expired', 'decide', { task: task.id, of, request: call.id, ...why });
  const what = tooFewLeft === undefined ? 'was not made in time' : 'cannot come about';
  withdrawOpen(draft, of, call.id, `another decision on the same call ${what}`);
};
