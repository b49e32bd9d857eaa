import type { DeadlineNode, Lapse, Span, StepNode } from '../definition/graph.ts';
import type { Moment, TimerSet } from './command.ts';
import type { Draft } from './draft.ts';
import type { TaskSpec } from './event.ts';
import { isTaskFinal } from './lifecycle.ts';
import type { Task } from './state.ts';

/**
 * What is to have happened with a task in time.
 *
 * DEAD-1  A deadline on the start is over as soon as somebody has begun, and all are when the task has ended: what has not fired by
 *         then does not fire.
 * DEAD-2  A deadline and each of its reminders fires once. A timer is named by the task, the deadline and how often it was set.
 * DEAD-3  Time runs on while a task is suspended, unless its step says otherwise; then what is left of it is counted anew afterwards.
 */
export interface Deadline {
  /** Its place in the step. */
  readonly index: number;
  readonly on: DeadlineNode['on'];
  /** Ms since the epoch. */
  readonly due: number;
  /** When somebody is reminded, the earliest first, as far as it has not been done. */
  readonly remind: readonly number[];
  readonly then: DeadlineNode['then'];
  /** Whom it names; of `escalate` those who are left. */
  readonly to: readonly string[];
  readonly within: Span;
  readonly pauses: boolean;
  /** Times it was set anew. */
  readonly set: number;
  /** While its clock stands still: since when. */
  readonly stopped: number | null;
}

/** The deadlines of a task that is about to be created, in the working time of whoever it is for. */
export const deadlinesOf = (draft: Draft, node: StepNode, spec: TaskSpec): readonly Deadline[] => {
  if ((node.kind !== 'task' && node.kind !== 'approval') || spec.kind !== node.kind) return [];
  const holder = spec.assignee ?? null;
  const begun = spec.assignee !== undefined && !spec.reserved;
  return node.deadlines
    .map(({ on, within, remind, then, to, pauses }, index): Deadline => {
      const due = dueIn(draft, within, holder);
      const earlier = remind.map((before) => due - before).filter((at) => at > draft.moment.now);
      const asked = { on, then, to, within, pauses };
      return { index, due, remind: earlier.sort((a, b) => a - b), ...asked, set: 0, stopped: null };
    })
    .filter(({ on }) => on === 'completion' || !begun);
};

/** In the working time of `holder`, or of the organisation where that is nobody. */
export const dueIn = ({ moment }: Draft, lapse: Lapse, holder: string | null): number => {
  if (typeof lapse === 'number') return moment.now + lapse;
  const { ms, working } = lapse;
  return working && moment.afterWork ? moment.afterWork(moment.now, ms, holder) : moment.now + ms;
};

/** When a deadline whose clock stood still is over, where that is not told by the clock alone. */
export interface DueAgain {
  readonly deadline: number;
  readonly due: number;
}

/** DEAD-3, for the event with which the clocks go on: what is left of working time is counted anew in that of whoever has the task. */
export const dueAgain = (
  { moment }: Draft,
  { deadlines, assignee }: Task,
): { readonly again?: readonly DueAgain[] } => {
  const again = deadlines.flatMap(({ index, within, due, stopped }) => {
    if (stopped === null || !within.working || !moment.afterWork) return [];
    const left = workUntil(moment, stopped, due, assignee);
    return [{ deadline: index, due: moment.afterWork(moment.now, left, assignee) }];
  });
  return again.length > 0 ? { again } : {};
};

/** The least working time, in ms, that takes from one time to another. */
const workUntil = (moment: Moment, from: number, to: number, holder: string | null): number => {
  let [least, most] = [0, Math.max(0, to - from)];
  while (least < most) {
    const half = Math.floor((least + most) / 2);
    if ((moment.afterWork?.(from, half, holder) ?? from + half) < to) least = half + 1;
    else most = half;
  }
  return least;
};

/** The timers that stand for the deadlines of a task as it is. */
export const clocksOf = ({ id, status, deadlines }: Task): readonly TimerSet[] => {
  if (deadlines.length === 0 || isTaskFinal(status)) return [];
  return deadlines.flatMap((deadline) => (deadline.stopped === null ? clocks(id, deadline) : []));
};

const clocks = (task: string, { index, due, remind, set }: Deadline): readonly TimerSet[] => {
  const timer = (at: number, reminder: boolean): TimerSet => ({
    id: `${task}:${reminder ? `remind.${index}.${at}` : `due.${index}`}.${set}`,
    due: at,
    what: { kind: 'due', task, deadline: index, reminder: reminder ? at : null },
  });
  return [...remind.map((at) => timer(at, true)), timer(due, false)];
};

// --- as folds keep them ---------------------------------------------------------------------------------------------

/** Somebody has begun with it. */
export const begun = (task: Task): void => {
  if (task.deadlines.some(({ on }) => on === 'start'))
    task.deadlines = task.deadlines.filter(({ on }) => on !== 'start');
};

export const stopClocks = (task: Task, at: number): void => {
  if (task.deadlines.some(({ pauses }) => pauses))
    task.deadlines = task.deadlines.map((one) => (one.pauses ? { ...one, stopped: at } : one));
};

export const goOnClocks = (task: Task, at: number, again: readonly DueAgain[] = []): void => {
  if (!task.deadlines.some(({ stopped }) => stopped !== null)) return;
  task.deadlines = task.deadlines.map((one) => {
    if (one.stopped === null) return one;
    const told = again.find(({ deadline }) => deadline === one.index);
    const later = told ? told.due - one.due : at - one.stopped;
    const remind = one.remind.map((time) => time + later);
    return { ...one, due: one.due + later, remind, set: one.set + 1, stopped: null };
  });
};
