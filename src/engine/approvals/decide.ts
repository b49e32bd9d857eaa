import type { ApprovalNode } from '../../definition/graph.ts';
import { isArtifactRef, type Json } from '../../definition/json.ts';
import { endIfOutOfReach, isBeyond, timeOut, tooFew } from './timeout.ts';
import {
  APPEALS,
  approvalsNow,
  decisionOf,
  decisionsNow,
  isApproving,
  quorumOf,
  stagesOf,
  type ApprovalNow,
  type Decision,
  type Settled,
  type Stage,
} from './terms.ts';
import { followChanges, followRejection, roundsLeft } from './follow.ts';
import { mayDecide } from './guard.ts';
import { listOf, problemsOf } from '../check.ts';
import { forgetDeadline } from '../close.ts';
import type { CommandOf } from '../command.ts';
import { dueIn } from '../deadline-terms.ts';
import type { Draft } from '../draft.ts';
import { refuse, type Rejection } from '../failure.ts';
import { watchDeadline } from '../open.ts';
import { decideInPlace } from '../policies/record-decision.ts';
import { isToolApproval } from '../policies/state.ts';
import { decideTool } from '../policies/tool-decision.ts';
import type { Approval, Task } from '../state.ts';
import { stepOf } from '../steps.ts';
import { guard, isRefused, nodeOf } from '../tasks/guard.ts';

/**
 * Decisions on approvals.
 *
 * DECIDE-1  A decision counts only for the subject whose digest the decider names (promise 4); when the subject is changed, what
 *           was said of the old one counts no more, unless the step says `keep`.
 * DECIDE-2  Nobody decides about work that they, or someone they answer for, contributed (promise 5); nor under a delegation, where
 *           anybody in its chain has.
 * DECIDE-3  One person is one voice, whether they speak themselves or somebody speaks for them.
 * DECIDE-4  A no, or an abstention, that leaves the quorum out of reach ends the approval: as its rejections say, else as if its time
 *           were over. A yes, or a move to others, does so only where nobody else is ever asked: where people are missing it waits for
 *           them.
 */
export const decideTask = (draft: Draft, command: CommandOf<'task.decide'>): Rejection | null => {
  const task = guard(draft, command.task, 'decide');
  if (isRefused(task)) return task;
  const node = nodeOf(draft, task);
  const { approval } = task;
  if (approval && isToolApproval(draft.state, task.id)) return decideTool(draft, task, approval, command);
  if (approval && node.kind !== 'approval') return decideInPlace(draft, task, approval, command);
  if (!approval || node.kind !== 'approval')
    return refuse('task_kind', `Task ${task.id} is not an approval: it is completed, not decided.`);
  const refusal = mayDecide(draft, node, task, approval, command);
  if (refusal) return refusal;
  const change =
    command.outcome === 'approve_with_changes' ? changeOf(draft, node, task, approval, command) : null;
  if (change && 'code' in change) return change;
  const { stage } = approval;
  const decision = decisionOf(draft, command, { changed: change?.digest ?? null, stage });
  const after = afterwards(approval, decision, change);
  if (isApproving(decision) && !adds(approval, after, decision))
    return refuse(
      'already_decided',
      `A yes counts for ${decision.as.join(' and ')} already on task ${task.id}: what is missing is one for another group.`,
    );
  conclude(draft, { node, task, approval, decision, after, change });
  return null;
};

interface Case {
  readonly node: ApprovalNode;
  readonly task: Task;
  readonly approval: Approval;
  readonly decision: Decision;
  /** The approval as it is with the decision. */
  readonly after: Approval;
  readonly change: Change | null;
}

const conclude = (draft: Draft, asked: Case): void => {
  const { node, task, decision, after } = asked;
  const end = endOf(draft, asked);
  const now = nowOf(draft, asked, end);
  const settles = settledAs(draft, asked, end);
  if (now || settles) forgetDeadline(draft, task);
  draft.emit('task.decided', 'decide', {
    task: task.id,
    decision,
    heard: true,
    ...(now && { now }),
    ...(settles && { settles }),
  });
  if (now) watchDeadline(draft, task);
  if (end === 'expired') timeOut(draft, task, tooFew(after));
  if (end === 'moved') endIfOutOfReach(draft, task);
  const reason = decision.reason ?? lastReason(after);
  if (end === 'rejected') followRejection(draft, node, task, reason ?? 'rejected without a reason');
  if (end === 'changes_requested') followChanges(draft, node, task, reason ?? 'changes were requested');
};

const lastReason = (after: Approval): string | null =>
  decisionsNow(after).findLast((decision) => !isApproving(decision) && decision.reason !== null)?.reason ??
  null;

// --- the decision ---------------------------------------------------------------------------------------------------

interface Change {
  readonly digest: string;
  readonly input: Json;
  readonly stages: readonly Stage[];
}

/** What a decider has made of the subject, checked as the subject is. */
const changeOf = (
  draft: Draft,
  node: ApprovalNode,
  task: Task,
  approval: Approval,
  { changes }: CommandOf<'task.decide'>,
): Change | Rejection => {
  if (changes === undefined)
    return refuse('subject_invalid', 'Say what the subject becomes: the whole of it, as `changes`.');
  const problems = problemsOf(node.schema, changes);
  if (problems.length > 0)
    return refuse(
      'subject_invalid',
      `The subject may not be changed to this. ${listOf(problems, 'subject')}`,
      {
        problems,
      },
    );
  const step = stepOf(draft.state, task.step);
  const { from, separate } = task;
  const found = stagesOf(draft, node, step, task.slot, { from, subject: changes, separate });
  if (!found.ok)
    return refuse('subject_invalid', `The subject may not be changed to this. ${found.failure.message}`);
  const digest = draft.moment.sha256(draft.moment.canonical(changes));
  if (digest === approval.subject)
    return refuse('subject_invalid', 'Nothing is changed. To leave the subject as it is, approve it.');
  const changed = { ...approval, subject: digest };
  const stages = isReassigned(node, task)
    ? [{ stage: 0, from, quorum: quorumOf(draft, changed, node.quorum, from, separate) }]
    : found.stages;
  return { digest, input: draft.settle(changes), stages };
};

/** Whether a deadline has put others in the place of those whom the step asks. A chain begins anew with its own. */
const isReassigned = ({ chain, deadlines }: ApprovalNode, task: Task): boolean =>
  chain.length === 0 &&
  deadlines.some(({ then }, at) => then === 'reassign' && !task.deadlines.some(({ index }) => index === at));

const afterwards = (approval: Approval, decision: Decision, change: Change | null): Approval => ({
  ...approval,
  decisions: [...approval.decisions, decision],
  subject: change?.digest ?? approval.subject,
});

/** Somebody who speaks only for groups that have been heard adds nothing. */
const adds = (before: Approval, after: Approval, { changed }: Decision): boolean =>
  changed !== null || approvalsNow(after) > approvalsNow(before);

// --- what it leads to -----------------------------------------------------------------------------------------------

/** `moved`: to whoever decides next. `appealed`: to somebody above those who reject. Null: it waits for more of the same. */
type End = Settled['status'] | 'moved' | 'appealed' | 'expired' | null;

const endOf = (draft: Draft, asked: Case): End => {
  const { node, task, after, decision, change } = asked;
  const { outcome } = decision;
  if (after.veto && outcome === 'request_changes') return 'changes_requested';
  if (after.veto && outcome === 'reject') return refused(after);
  if (change || approvalsNow(after) >= after.quorum)
    return remaining(asked).length > 0 ? 'moved' : approvedAs(after);
  if (!isBeyond(draft, task, after, decision)) return null;
  const said = decisionsNow(after).map((made) => made.outcome);
  if (said.includes('request_changes') && roundsLeft(draft, node, task) > 0) return 'changes_requested';
  return said.includes('reject') || said.includes('request_changes') ? refused(after) : 'expired';
};

const refused = ({ appeal }: Approval): End => (appeal.length > 0 ? 'appealed' : 'rejected');

const approvedAs = (after: Approval): End =>
  after.decisions.some(({ changed }) => changed !== null) ? 'approved_with_changes' : 'approved';

/** Stages that are not passed yet. With a changed subject that is all of them, but for decisions that stand. */
const remaining = ({ task, after, change }: Case): readonly Stage[] => {
  const { stage, quorum, next } = after;
  const stages = change && stage < APPEALS ? change.stages : [{ stage, from: task.from, quorum }, ...next];
  return stages.filter((one) => approvalsNow({ ...after, stage: one.stage }) < one.quorum);
};

/** What it asks for next. */
const nowOf = (draft: Draft, asked: Case, end: End): ApprovalNow | null => {
  const { node, approval, after, change } = asked;
  const deadline = node.within === null ? null : dueIn(draft, node.within, null);
  if (end === 'appealed') {
    const [to, ...appeal] = approval.appeal;
    const stage = APPEALS + after.decisions.length;
    return { stage, from: [to as string], quorum: 1, next: after.next, appeal, deadline };
  }
  if (end !== 'moved') return null;
  const [stage, ...next] = remaining(asked) as readonly [Stage, ...Stage[]];
  const subject = change && { subject: { digest: change.digest, input: change.input } };
  return { ...stage, next, appeal: approval.appeal, deadline, ...subject };
};

const settledAs = (draft: Draft, { task, after, change }: Case, end: End): Settled | null => {
  if (end === null || end === 'moved' || end === 'appealed' || end === 'expired') return null;
  const { subject: digest, decisions } = after;
  const approved = end === 'approved' || end === 'approved_with_changes';
  const subject = approved ? { subject: change?.input ?? task.input } : {};
  const result = { outcome: end, digest, ...subject, decisions: decisions as unknown as Json };
  const output = draft.settle(result);
  return { status: end, output, ...(change && isArtifactRef(output) && { subject: change.input }) };
};
