import { ineligible, type Passport } from '../routing/index.ts';
import { chainOf, type Requirement } from '../runtime/index.ts';
import type { Context } from './context.ts';

export interface Obstacle {
  readonly code: string;
  readonly message: string;
}

/**
 * Why somebody may not do a task, in words; null when they may. Who acts under a delegation is in no directory: what they may and can
 * do has been narrowed when they were admitted.
 */
export function obstacleOf({ runtime }: Context, caller: Passport, task: Requirement): Obstacle | null {
  if (chainOf(caller)) return ineligible(caller, task);
  const found = runtime.scheduler.router.objection(task, caller.id);
  return found && { code: found.reason, message: found.message };
}
