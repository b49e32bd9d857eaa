import type { DeadlineNode, Lapse, Span, StepNode } from '../definition/graph.ts';
import type { TimerSet } from './command.ts';
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
  /** In whose working time it was counted; left out where that is the organisation's, or the clock's. */
  readonly holder?: string;
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
      const counted = countedFor(draft, within, holder);
      const earlier = remind.map((before) => counted.due - before).filter((at) => at > draft.moment.now);
      const asked = { on, then, to, within, pauses };
      return { index, ...counted, remind: earlier.sort((a, b) => a - b), ...asked, set: 0, stopped: null };
    })
    .filter(({ on }) => on === 'completion' || !begun);
};

/** In the working time of `holder`, or of the organisation where that is nobody; from now on, if not since another moment. */
export const dueIn = (
  { moment }: Draft,
  lapse: Lapse,
  holder: string | null,
  since: number | null = null,
): number => {
  const from = since ?? moment.now;
  if (typeof lapse === 'number') return from + lapse;
  const { ms, working } = lapse;
  return working && moment.afterWork ? moment.afterWork(from, ms, holder) : from + ms;
};

/** When it is over, and in whose working time that was counted. */
type Counted = Pick<Deadline, 'due' | 'holder'>;

export const countedFor = (draft: Draft, within: Span, holder: string | null): Counted => ({
  due: dueIn(draft, within, holder),
  ...inHoursOf(within, holder),
});

const inHoursOf = ({ working }: Span, holder: string | null): Pick<Deadline, 'holder'> =>
  working && holder !== null ? { holder } : {};

/** When a deadline whose clock stood still is over, where that is not told by the clock alone. */
export interface DueAgain extends Counted {
  readonly deadline: number;
}

/**
 * DEAD-3, for the event with which the clocks go on: what is left of working time, in the hours in which it was counted, is counted
 * anew in those of whoever has the task then.
 */
export const dueAgain = (
  { moment }: Draft,
  { deadlines, assignee }: Task,
  holder: string | null = assignee,
): { readonly again?: readonly DueAgain[] } => {
  const again = deadlines.flatMap(({ index, within, due, holder: before = null, stopped }) => {
    if (stopped === null || !within.working || !moment.afterWork || !moment.workBetween) return [];
    const left = moment.workBetween(stopped, due, before);
    const anew = moment.afterWork(moment.now, left, holder);
    return [{ deadline: index, due: anew, ...inHoursOf(within, holder) }];
  });
  return again.length > 0 ? { again } : {};
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

/** The same deadline, set again. */
export const countedAnew = ({ holder: _, ...one }: Deadline, { due, holder }: Counted): Deadline => ({
  ...one,
  due,
  ...(holder !== undefined && { holder }),
  set: one.set + 1,
});

export const goOnClocks = (task: Task, at: number, again: readonly DueAgain[] = []): void => {
  if (!task.deadlines.some(({ stopped }) => stopped !== null)) return;
  task.deadlines = task.deadlines.map((one) => {
    if (one.stopped === null) return one;
    const told = again.find(({ deadline }) => deadline === one.index);
    const later = told ? told.due - one.due : at - one.stopped;
    const remind = one.remind.map((time) => time + later);
    return { ...countedAnew(one, told ?? { ...one, due: one.due + later }), remind, stopped: null };
  });
};
