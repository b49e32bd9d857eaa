/** What places a task in a queue. Times are ms since the epoch. */
export interface Queued {
  /** 1 (low) to 10 (high). */
  readonly priority: number;
  readonly createdAt: number;
  readonly deadline: number | null;
  /** What is to have happened by when; `stopped` is not null while its clock stands still. */
  readonly deadlines?: readonly { readonly due: number; readonly stopped: number | null }[];
}

const MINUTE = 60_000;
/** How much earlier a task counts as created for each step of priority above the lowest. */
const AHEAD_PER_PRIORITY_MS = 10 * MINUTE;
/** A task counts as created no later than this long before its deadline. */
export const DEADLINE_LEAD_MS = 120 * MINUTE;
/** No task counts as created more than this long before it was. */
export const MOST_AHEAD_MS = 180 * MINUTE;
/** What waits for people waits for days where agents take minutes: a step of priority is eight hours, and the lead four days. */
export const PACE_OF_PEOPLE = 48;

/**
 * The place in a queue, as a moment: the smallest is first. All spans are `pace` times as long.
 *
 * ORDER-1  It does not depend on the time at which it is asked, so that heaps and indexes stay in order while their tasks grow older.
 * ORDER-2  It is at most `MOST_AHEAD_MS` before the creation and never after it: whatever comes in later than that stands behind, and
 *          nothing starves.
 */
export const placeOf = (task: Queued, pace = 1): number => {
  const { priority, createdAt } = task;
  const due = dueOf(task);
  const byPriority = (priority - 1) * AHEAD_PER_PRIORITY_MS * pace;
  const byDeadline = createdAt - (due - DEADLINE_LEAD_MS * pace);
  return createdAt - Math.min(MOST_AHEAD_MS * pace, Math.max(0, byPriority, byDeadline));
};

/** The first of its deadlines whose clock runs. */
const dueOf = ({ deadline, deadlines = [] }: Queued): number => {
  let first = deadline ?? Infinity;
  for (const { due, stopped } of deadlines) if (stopped === null && due < first) first = due;
  return first;
};
