import { partiesTo } from '../attribution.ts';
import { decidedOn, PLAIN_APPROVAL, speakersOf, type ApprovalNow } from '../approvals/terms.ts';
import { requeue, slotOf, succeed } from './slots.ts';
import type { TaskTerms } from '../event.ts';
import type { Folds } from '../evolve.ts';
import type { Approval, RunState, Task } from '../state.ts';
import { stepOf } from '../steps.ts';
import { closeTask, contribute, hear, letDo, taskOf } from '../tasks/holding.ts';

export const newApproval = ({ subject, quorum, escalate, within, approval }: TaskTerms): Approval | null =>
  subject === null
    ? null
    : { status: 'open', subject, quorum, decisions: [], escalate, within, ...(approval ?? PLAIN_APPROVAL) };

const approvalOf = (task: Task): Approval => {
  if (!task.approval) throw new Error(`task ${task.id} is no approval`);
  return task.approval;
};

const setClock = (state: RunState, task: Task, deadline: number | null): void => {
  task.deadline = deadline;
  task.timed = state.sequence + 1;
};

/** Those who are asked, and who comes next in line, once. */
export const besides = (from: readonly string[], to: string): readonly string[] =>
  from.includes(to) ? from : [...from, to];

const ask = (state: RunState, task: Task, approval: Approval, now: ApprovalNow): void => {
  const { stage, from, quorum, next, appeal, deadline, subject } = now;
  task.from = from;
  Object.assign(approval, { stage, quorum, next, appeal });
  if (subject) {
    approval.subject = subject.digest;
    task.input = subject.input;
  }
  setClock(state, task, deadline);
};

/** Decisions, and what they lead to. */
export const APPROVAL_FOLDS: Pick<Folds<'task'>, 'task.decided' | 'task.escalated'> = {
  'task.decided': (state, { data, at, by }) => {
    const { task: id, decision, now, settles } = data;
    const task = taskOf(state, id);
    const approval = approvalOf(task);
    approval.decisions.push(decision);
    hear(state, data, by, speakersOf(decision), task);
    const done = stepOf(state, task.step);
    done.doers[decision.participant] = decision.onBehalfOf;
    letDo(done, by);
    if (decision.inNameOf !== undefined) done.doers[decision.inNameOf] ??= null;
    done.lastDoer = decision.participant;
    if (decision.changed !== null) {
      contribute(state, [...partiesTo(by), ...speakersOf(decision)]);
      approval.subject = decision.changed;
    }
    if (now) ask(state, task, approval, now);
    if (!settles) return;
    approval.status = settles.status;
    closeTask(state, id, 'completed', at);
    task.output = settles.output;
    const subject = decision.changed === null ? undefined : decidedOn(settles);
    if (subject !== undefined) task.input = subject;
    const { step, slot } = slotOf(state, task);
    if (settles.status !== 'approved' && settles.status !== 'approved_with_changes')
      return requeue(step, slot);
    step.approved[task.slot] = { digest: approval.subject, approval: id };
    succeed(step, task.slot, task.output, state.sequence + 1);
  },
  'task.escalated': (state, { data }) => {
    const task = taskOf(state, data.task);
    const approval = approvalOf(task);
    task.from = besides(task.from, data.to);
    approval.quorum = data.quorum ?? approval.quorum;
    approval.escalate = approval.escalate.slice(1);
    setClock(state, task, data.deadline);
  },
};
