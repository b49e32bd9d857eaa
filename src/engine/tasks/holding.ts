import { partiesTo, type Attribution } from '../attribution.ts';
import { begun } from '../deadline-terms.ts';
import type { Holding } from '../events/passing.ts';
import type { Heard } from '../events/policies.ts';
import { slotOf } from '../folds/slots.ts';
import type { RunState, StepState, Task } from '../state.ts';

/** Who has a task, as folds keep it: with the counts of what the run waits for, and whose case it is. */
export const taskOf = (state: RunState, id: string): Task => {
  const task = state.tasks[id];
  if (!task) throw new Error(`run ${state.run} has no open task ${id}`);
  return task;
};

/** Counts towards the run's concurrency: people and clocks take none of it. */
export const takesCapacity = (task: Task): boolean => task.kind !== 'approval' && task.by !== 'human';

/** They have a part in the work. */
export const contribute = (state: RunState, parties: readonly (string | null)[]): void => {
  for (const party of parties) if (party !== null) state.contributors[party] = true;
};

/** Whoever lets somebody work has a part in it, whatever authority it is completed on. */
export const letWork = (state: RunState, by: Attribution): void => {
  if (by.authority.chain) contribute(state, partiesTo(by));
};

/** Whoever lets something be done does it as well, and so do the humans who answer for them then. */
export const letDo = ({ doers }: StepState, { authority }: Attribution): void => {
  for (const { from, to, accountable } of authority.chain ?? []) {
    doers[from] ??= null;
    doers[to] ??= accountable;
    if (accountable !== null) doers[accountable] ??= null;
  }
};

/** Of a decision that says so: whoever has a part in it has decided on an approval of the run. `of`: the task, where it is one. */
export const hear = (
  state: RunState,
  { heard }: Heard,
  by: Attribution,
  speakers: readonly (string | undefined)[],
  of?: Pick<Task, 'approval'>,
): void => {
  if (!heard) return;
  const deciders = (state.deciders ??= {});
  const on = of?.approval?.apart?.join() ?? '';
  for (const party of [...partiesTo(by), ...speakers])
    if (party !== undefined) deciders[party] = [...new Set([...(deciders[party] ?? []), on])];
};

/** Adds (1) or takes away (-1) a task in the counts of what the run waits for. */
export const count = (state: RunState, task: Task, by: 1 | -1): void => {
  if (task.kind === 'approval') state.open.approvals += by;
  else if (!takesCapacity(task)) state.open.people += by;
  else if (task.assignee === null) state.open.unassigned += by;
  else state.open.working += by;
};

export const hold = (state: RunState, data: Holding, status: Task['status']): Task => {
  const task = taskOf(state, data.task);
  count(state, task, -1);
  task.status = status;
  if (data.takenAs) task.takenAs = data.takenAs;
  else if (task.assignee !== data.assignee) delete task.takenAs;
  delete task.givenBack;
  task.assignee = data.assignee;
  task.token = data.token;
  if (data.caps) task.caps = data.caps;
  else delete task.caps;
  if (data.explanation) task.routed = state.sequence + 1;
  count(state, task, 1);
  takeCase(state, task);
  if (status === 'in_progress') begun(task);
  return task;
};

/** Whoever takes the first task of a run is its handler. */
export const takeCase = (state: RunState, { kind, assignee }: Task): void => {
  if (kind === 'task') state.handler ??= assignee;
};

/** Gives up the case with the task, unless something has been done for it already. */
export const leaveCase = (state: RunState, { assignee }: Task): void => {
  if (assignee !== null && state.handler === assignee && !state.contributors[assignee]) state.handler = null;
};

export const free = (state: RunState, id: string, status: 'created' | 'ready'): Task => {
  const task = taskOf(state, id);
  count(state, task, -1);
  leaveCase(state, task);
  task.status = status;
  task.assignee = null;
  delete task.takenAs;
  delete task.givenBack;
  count(state, task, 1);
  return task;
};

/** It has ended: it leaves the state, and its slot is free. */
export const closeTask = (state: RunState, id: string, status: Task['status'], at: number): Task => {
  const task = taskOf(state, id);
  task.status = status;
  task.endedAt = at;
  delete state.tasks[id];
  delete state.boundaries?.leave?.[id];
  count(state, task, -1);
  if (takesCapacity(task) && !task.suspension?.undo) state.usage.open -= 1;
  const { step, slot } = slotOf(state, task);
  slot.task = null;
  step.active -= 1;
  return task;
};
