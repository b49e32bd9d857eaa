import type { Estimates, Goal } from './goal.ts';

const LATE = 'By what such work took so far, it will not be done before the deadline.';
const DEAR = 'By what such work cost so far, it will cost more than the budget.';
const LONG = 'By what such work took so far, it will take more tokens than the budget.';

/** What of the goal's limits the estimates do not fit into. */
export function limitNotices(
  { budget, deadline }: Goal,
  { time, cost, tokens }: Estimates,
  now: number,
): string[] {
  return [
    ...(deadline !== null && time !== null && now + time > deadline ? [LATE] : []),
    ...(budget.cost && cost !== null && cost > budget.cost.amount ? [DEAR] : []),
    ...(budget.tokens !== null && tokens !== null && tokens > budget.tokens ? [LONG] : []),
  ];
}

export const isLimitNotice = (notice: string): boolean => [LATE, DEAR, LONG].includes(notice);
