import type { Passport } from '../routing/index.ts';
import { barTo, chainOf, objectionTo, type Requirement } from '../runtime/index.ts';
import type { Context } from './context.ts';

export interface Obstacle {
  readonly code: string;
  readonly message: string;
}

/** Why somebody may not do a task, in words; null when they may. */
export const obstacleOf = (context: Context, caller: Passport, task: Requirement): Obstacle | null =>
  asked(objectionTo, context, caller, task);

/** As `obstacleOf`, of what stands against those who administer the task as well. */
export const barOf = (context: Context, caller: Passport, task: Requirement): Obstacle | null =>
  asked(barTo, context, caller, task);

function asked(
  ask: typeof objectionTo,
  { runtime }: Context,
  caller: Passport,
  task: Requirement,
): Obstacle | null {
  const found = ask(runtime.scheduler.router, task, caller.id, chainOf(caller));
  return found && { code: found.reason, message: found.message };
}
