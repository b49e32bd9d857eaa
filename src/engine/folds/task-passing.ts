import { isPassport } from '../approvals/terms.ts';
import type { Attribution } from '../attribution.ts';
import { goOnClocks, stopClocks } from '../deadline-terms.ts';
import type { EventOf } from '../event.ts';
import type { Fold } from '../evolve.ts';
import { clearWork } from './task-notes.ts';
import type { Suspendable } from '../lifecycle.ts';
import type { PassingEvent } from '../events/passing.ts';
import type { RunState, Task } from '../state.ts';
import { free, hold, leaveCase, letWork, takesCapacity, taskOf } from '../tasks/holding.ts';

/** It waits for nobody to activate it any more. */
const activate = (task: Task): void => {
  task.activateAt = null;
  if (task.rules) task.rules = { ...task.rules, activation: null };
};

/** As `letWork`, of what may be done by whoever has it, and by others who have no part in it. */
const letHold = (state: RunState, { assignee }: Task, by: Attribution): void => {
  if (by.actor === assignee) letWork(state, by);
};

export const PASSING_FOLDS: { readonly [Type in PassingEvent['type']]: Fold<Type> } = {
  'task.activated': (state, { data }) => {
    activate(free(state, data.task, 'ready'));
  },
  'task.nominated': (state, { data }) => {
    const task = taskOf(state, data.task);
    const { assignee, token, to, inTurn } = data;
    if (assignee === null) free(state, task.id, 'ready');
    else hold(state, { task: task.id, assignee, token }, 'reserved');
    if (inTurn) activate(task);
    Object.assign(task, { activateAt: null, from: to, offeredTo: null });
    for (const party of to) comeBack(task, party);
  },
  'task.stopped': (state, { data, by }) => {
    const task = taskOf(state, data.task);
    task.status = 'reserved';
    task.token = data.token;
    letHold(state, task, by);
  },
  'task.suspended': (state, { data, at, by }) => {
    const task = taskOf(state, data.task);
    stopClocks(task, at);
    const { until, undo } = data;
    task.suspension = { from: standing(task), until, since: state.sequence + 1, ...(undo && { undo }) };
    task.status = 'suspended';
    if (undo && takesCapacity(task)) state.usage.open -= 1;
    letHold(state, task, by);
  },
  'task.resumed': (state, { data, at, by }) => {
    const task = taskOf(state, data.task);
    goOnClocks(task, at, data.again);
    if (!task.suspension) throw new Error(`task ${task.id} is not suspended`);
    task.status = task.suspension.from;
    task.suspension = null;
    letHold(state, task, by);
  },
  'task.delegated': (state, { data }) => delegated(state, data),
  'task.forwarded': (state, { data }) => {
    const task = free(state, data.task, 'ready');
    if (data.from !== null && !task.excluded.includes(data.from)) {
      task.excluded = [...task.excluded, data.from];
      task.passed = [...task.passed, data.from];
    }
    task.from = [...task.from.filter((party) => party !== data.from && party !== data.to), data.to];
    if (task.offeredTo)
      task.offeredTo = isPassport(data.to)
        ? [...task.offeredTo.filter((passport) => passport !== data.from && passport !== data.to), data.to]
        : null;
    comeBack(task, data.to);
    if (!data.keepState) clearWork(task);
  },
};

const standing = (task: Task): Suspendable => {
  const { status } = task;
  if (status === 'ready' || status === 'reserved' || status === 'in_progress') return status;
  throw new Error(`task ${task.id} is ${status}, and cannot be suspended`);
};

const delegated = (state: RunState, data: EventOf<'task.delegated'>['data']): void => {
  const task = taskOf(state, data.task);
  const { assignee } = data;
  leaveCase(state, task);
  hold(state, data, 'reserved');
  if (task.from.length > 0 && !task.from.includes(assignee)) task.from = [...task.from, assignee];
  if (task.offeredTo && !task.offeredTo.includes(assignee)) task.offeredTo = [...task.offeredTo, assignee];
  comeBack(task, assignee);
  if (!data.keepState) clearWork(task);
};

/** Whoever passed it on may have it again when it is passed back to them. */
const comeBack = (task: Task, party: string): void => {
  if (!task.passed.includes(party)) return;
  task.passed = task.passed.filter((passport) => passport !== party);
  task.excluded = task.excluded.filter((passport) => passport !== party);
};
