import type { Limits, Money } from '../definition/graph.ts';
import type { Allotment, Usage } from './event.ts';
import type { Failure } from './failure.ts';
import { addMoney, shareMoney } from './money.ts';
import type { RunState } from './state.ts';

/**
 * Caps of a run (promise 6).
 *
 * LIMIT-1  Nothing opens that would exceed a cap, whatever opened it: a first attempt, a retry, a redo, a resume.
 * LIMIT-2  What a child run may use is held of its parent's caps from its opening until it has ended, so that a whole tree of
 *          runs stays within the caps of its root.
 * LIMIT-3  What an act uses is known when it reports: tokens and cost can pass their cap by what was open then, and no more.
 * LIMIT-4  What undoes work, and confirms a write that may have to be undone (UNDO-7), is within the cap of concurrency, and beyond the
 *          others: a run that has used up its limits is the one that has something to undo. Tokens and cost are counted all the same.
 *          Approvals of what has been done (RESULT-3) are beyond all caps, and no tasks of the run.
 */

/** How many more tasks of agents and systems, or children, may be open at once. */
export const freeCapacity = ({ limits, usage }: RunState): number =>
  limits.concurrency - usage.open - usage.held.concurrency;

const tasksLeft = ({ limits, usage }: RunState): number => limits.tasks - usage.tasks - usage.held.tasks;
const tokensLeft = ({ limits: { tokens }, usage }: RunState): number | null =>
  tokens === null ? null : Math.max(0, tokens - usage.tokens - usage.held.tokens);
const costLeft = ({ limits: { cost }, usage }: RunState): number | null =>
  cost && Math.max(0, addMoney(cost.amount, -addMoney(usage.cost, usage.held.cost)));

/** The cap that forbids one more task for good, or null. Caps held by children may come free again. */
export const exhausted = ({ limits, usage }: RunState): Failure | null => {
  if (usage.tasks >= limits.tasks) return exceeded('limit_tasks', `${limits.tasks} tasks`);
  if (limits.tokens !== null && usage.tokens >= limits.tokens)
    return exceeded('limit_tokens', `${limits.tokens} tokens`);
  if (limits.cost !== null && usage.cost >= limits.cost.amount)
    return exceeded('limit_cost', `${limits.cost.amount} ${limits.cost.currency}`);
  return null;
};

const exceeded = (code: string, cap: string): Failure => ({
  code,
  message: `The run has used its limit of ${cap}.`,
});

/** True while children hold what is left of a cap: one more task has to wait for one of them to end. */
export const allHeld = (state: RunState): boolean =>
  tasksLeft(state) < 1 || tokensLeft(state) === 0 || costLeft(state) === 0;

/** A child's part of what is left, where this many shares are wanted: it gives back what it does not use. It has `time` at most. */
export const allot = (state: RunState, now: number, shares: number, time: number | null): Allotment => {
  const { limits, deadline } = state;
  const part = (amount: number): number => Math.max(1, Math.floor(amount / shares));
  const tokens = tokensLeft(state);
  const cost = costLeft(state);
  return {
    concurrency: part(freeCapacity(state)),
    tasks: part(tasksLeft(state)),
    tokens: tokens === null ? null : part(tokens),
    cost: cost === null ? null : { amount: shareMoney(cost, shares), currency: limits.cost?.currency ?? '' },
    duration: least(deadline === null ? null : Math.max(0, deadline - now), time),
  };
};

const least = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.min(a, b);

/** Amounts in different currencies cannot be compared; then the parent's holds. */
const cheapest = (own: Money | null, allotted: Money | null): Money | null =>
  own && (!allotted || (own.currency === allotted.currency && own.amount < allotted.amount)) ? own : allotted;

/** Those that a resumption may raise. */
export const CAPS = ['concurrency', 'tasks', 'tokens', 'cost'] as const;
export type Cap = Limits[(typeof CAPS)[number]];
export const wordsOf = (cap: Cap): string =>
  typeof cap === 'object' && cap !== null ? `${cap.amount} ${cap.currency}` : String(cap);
export const sameCaps = (one: Limits, other: Limits): boolean =>
  CAPS.every((cap) => wordsOf(one[cap]) === wordsOf(other[cap]));

/** A child's own limits, never above what its parent allots. */
export const within = (limits: Limits, allotment: Allotment | undefined): Limits => {
  if (!allotment) return limits;
  return {
    concurrency: Math.min(limits.concurrency, allotment.concurrency),
    tasks: Math.min(limits.tasks, allotment.tasks),
    tokens: least(limits.tokens, allotment.tokens),
    cost: cheapest(limits.cost, allotment.cost),
    duration: least(limits.duration, allotment.duration),
  };
};

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 1;
const isAmount = (value: number): boolean => Number.isFinite(value) && value >= 0;

/** What is wrong with the limits that a run is to go on with, in plain words, or null. */
export const unsound = ({ concurrency, tasks, tokens, cost }: Limits): string | null => {
  if (!isCount(concurrency)) return 'concurrency is a whole number, 1 or more';
  if (!isCount(tasks)) return 'tasks is a whole number, 1 or more';
  if (tokens !== null && !isAmount(tokens)) return 'tokens is a number, 0 or more, or null';
  if (cost !== null && !isAmount(cost.amount)) return 'the amount of cost is a number, 0 or more';
  return null;
};

/** Nobody gives anything back by reporting it: usage is never negative. */
export const isUsage = ({ tokens, cost }: Usage): boolean => isAmount(tokens) && isAmount(cost);
