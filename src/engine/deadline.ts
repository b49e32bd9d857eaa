import type { StepNode } from '../definition/graph.ts';
import { onlyOne, quorumFrom } from './approvals/terms.ts';
import { endIfOutOfReach, rejectInTime } from './approvals/timeout.ts';
import { forgetResumption } from './close.ts';
import { countedFor, dueAgain, type Deadline } from './deadline-terms.ts';
import type { Draft } from './draft.ts';
import { failTask, timeOutWork } from './fail-task.ts';
import type { Task } from './state.ts';
import { awaitsActivation } from './tasks/commands.ts';
import { nodeOf } from './tasks/guard.ts';
import { forgetActivation } from './tasks/passing.ts';
import { askFirst, isThere, move, offerOf } from './work.ts';

/** What the passing of a deadline does to its task. Nothing that it does is an approval. */
export const remind = (draft: Draft, task: Task, { index, due }: Deadline, at: number): void => {
  const to = askedOf(task);
  draft.flow('task.reminded', task.layer, { task: task.id, deadline: index, due: at, until: due, to });
};

const askedOf = ({ assignee, from }: Task): readonly string[] => (assignee === null ? from : [assignee]);

/** UNDO-5  What is put aside while it is undone is late, and nothing else. */
export const miss = (draft: Draft, task: Task, deadline: Deadline): void => {
  const { index, on, then, within } = deadline;
  const turns = then === 'escalate' ? 1 : deadline.to.length;
  const to = partiesOf(draft, task, then, deadline.to.slice(0, turns));
  const rest = deadline.to.slice(turns);
  const next = rest.length > 0 ? { ...countedFor(draft, within, onlyOne(to)), to: rest } : null;
  draft.flow('task.overdue', task.layer, { task: task.id, deadline: index, on, then, to, next });
  if (!task.suspension?.undo) follow(draft, task, deadline, to);
};

const follow = (draft: Draft, task: Task, { on, then }: Deadline, to: readonly string[]): void => {
  const message = on === 'start' ? 'Nobody began with it in time.' : 'It was not done in time.';
  switch (then) {
    case 'notify':
      return;
    case 'reassign':
      return giveTo(draft, task, to, message);
    case 'escalate':
      return giveTo(draft, task, task.approval ? [...new Set([...task.from, ...to])] : to, message);
    case 'reject':
      return rejectInTime(draft, task, message);
    case 'expire':
      if (task.approval) failTask(draft, task, { code: 'approval_expired', message, lasting: true });
      else timeOutWork(draft, task, message);
  }
};

/** Whoever had it loses it. An approval that is suspended stays so until its time. */
const giveTo = (draft: Draft, task: Task, to: readonly string[], reason: string): void => {
  const { assignee, excluded } = task;
  const without =
    assignee === null || to.includes(assignee) || excluded.includes(assignee)
      ? excluded
      : [...excluded, assignee];
  if (!task.approval) takeUp(draft, task, onlyOne(to));
  const node = nodeOf(draft, task);
  const told = { task: task.id, to, excluded: without, reason };
  draft.flow('task.reassigned', task.layer, { ...told, ...quorumFrom(draft, node, task, to) });
  if (task.approval) endIfOutOfReach(draft, task);
  else giveOut(draft, node, task);
};

/** Whoever gets it now waits neither for its activation nor for its resumption (DEAD-3). */
const takeUp = (draft: Draft, task: Task, next: string | null): void => {
  const { id, layer } = task;
  if (awaitsActivation(task)) {
    forgetActivation(draft, task);
    draft.flow('task.activated', layer, { task: id });
  }
  if (task.suspension) {
    forgetResumption(draft, task);
    draft.flow('task.resumed', layer, { task: id, ...dueAgain(draft, task, next) });
  }
};

/** Whoever it is for now hears of it, also where it waits as it did. */
const giveOut = (draft: Draft, node: StepNode, task: Task): void => {
  const routed = askFirst(draft, node, task);
  const { placement, explanation } = routed;
  if (placement.kind !== 'offered' || !isThere(task, placement)) return move(draft, task, routed);
  const told = { task: task.id, ...(explanation && { explanation }), offeredTo: offerOf(task, placement.to) };
  draft.flow('task.offered', task.layer, told);
};

/** Whom it means now. Where nobody is named to be told it is whoever is asked; where a name means nobody, who answers for the run. */
const partiesOf = (
  { state }: Draft,
  task: Task,
  then: Deadline['then'],
  to: readonly string[],
): readonly string[] => {
  if (then === 'notify' && to.length === 0) return askedOf(task);
  const people = { 'manager_of:holder': task.assignee, 'manager_of:initiator': state.startedBy };
  const named = to.flatMap((party) => {
    if (!Object.hasOwn(people, party)) return [party];
    const whose = people[party as keyof typeof people];
    return whose === null ? [] : [`manager_of:${whose}`];
  });
  const moves = then === 'reassign' || then === 'escalate';
  return named.length === 0 && moves && state.accountable !== null ? [state.accountable] : named;
};
