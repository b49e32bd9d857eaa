/** What places a task in a queue. Times are ms since the epoch. */
export interface Queued {
  /** 1 (low) to 10 (high). */
  readonly priority: number;
  readonly createdAt: number;
  readonly deadline: number | null;
}

const MINUTE = 60_000;
/** How much earlier a task counts as created for each step of priority above the lowest. */
const AHEAD_PER_PRIORITY_MS = 10 * MINUTE;
/** A task counts as created no later than this long before its deadline. */
export const DEADLINE_LEAD_MS = 120 * MINUTE;
/** No task counts as created more than this long before it was. */
export const MOST_AHEAD_MS = 180 * MINUTE;

/**
 * The place in a queue, as a moment: the smallest is first.
 *
 * ORDER-1  It does not depend on the time at which it is asked, so that a heap stays in order while its tasks grow older.
 * ORDER-2  It is at most `MOST_AHEAD_MS` before the creation and never after it: whatever comes in later than that stands behind, and
 *          nothing starves.
 */
export const placeOf = ({ priority, createdAt, deadline }: Queued): number => {
  const byPriority = (priority - 1) * AHEAD_PER_PRIORITY_MS;
  const byDeadline = deadline === null ? 0 : createdAt - (deadline - DEADLINE_LEAD_MS);
  return createdAt - Math.min(MOST_AHEAD_MS, Math.max(0, byPriority, byDeadline));
};
