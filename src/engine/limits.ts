import type { Limits } from '../definition/graph.ts';
import type { Allotment } from './event.ts';
import type { Failure } from './failure.ts';
import type { RunState } from './state.ts';

/**
 * Caps of a run (promise 6).
 *
 * LIMIT-1  Nothing opens that would exceed a cap, whatever opened it: a first attempt, a retry, a redo, a resume.
 * LIMIT-2  What a child run may use is held of its parent's caps from its opening to its end, so that a whole tree of runs
 *          stays within the caps of its root.
 */

/** How many more tasks or children may be open at once. */
export const freeCapacity = ({ limits, usage }: RunState): number =>
  limits.concurrency - usage.open - usage.held.concurrency;

const left = (cap: number | null, used: number, held: number): number | null =>
  cap === null ? null : Math.max(0, cap - used - held);

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
  message: `The run has used its limit of ${cap}. Resume it with a higher limit, or cancel it.`,
});

/** True while children hold what is left of a cap: one more task has to wait for one of them to end. */
export const allHeld = ({ limits, usage }: RunState): boolean =>
  usage.tasks + usage.held.tasks >= limits.tasks ||
  left(limits.tokens, usage.tokens, usage.held.tokens) === 0 ||
  left(limits.cost?.amount ?? null, usage.cost, usage.held.cost) === 0;

/** A child's part of what is left, where `shares` of them may open side by side: it gives back what it does not use. */
export const allot = (state: RunState, now: number, shares: number): Allotment => {
  const { limits, usage, deadline } = state;
  const part = (amount: number): number => Math.max(1, Math.floor(amount / shares));
  const tokens = left(limits.tokens, usage.tokens, usage.held.tokens);
  const cost = left(limits.cost?.amount ?? null, usage.cost, usage.held.cost);
  return {
    concurrency: part(freeCapacity(state)),
    tasks: part(limits.tasks - usage.tasks - usage.held.tasks),
    tokens: tokens === null ? null : part(tokens),
    cost: cost === null ? null : cost / shares,
    duration: deadline === null ? null : Math.max(0, deadline - now),
  };
};

const least = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.min(a, b);

/** A child's own limits, never above what its parent allots. */
export const within = (limits: Limits, allotment: Allotment | undefined): Limits => {
  if (!allotment) return limits;
  const cost = least(limits.cost?.amount ?? null, allotment.cost);
  return {
    concurrency: Math.min(limits.concurrency, allotment.concurrency),
    tasks: Math.min(limits.tasks, allotment.tasks),
    tokens: least(limits.tokens, allotment.tokens),
    cost: cost === null ? null : { amount: cost, currency: limits.cost?.currency ?? '' },
    duration: least(limits.duration, allotment.duration),
  };
};
