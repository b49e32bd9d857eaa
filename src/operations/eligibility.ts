import type { Passport } from '../routing/index.ts';
import { chainOf, partiesOf, type Chain, type Requirement } from '../runtime/index.ts';
import type { Context } from './context.ts';

export interface Obstacle {
  readonly code: string;
  readonly message: string;
}

/** Why somebody may not do a task, in words; null when they may. */
export function obstacleOf(context: Context, caller: Passport, task: Requirement): Obstacle | null {
  const chain = chainOf(caller);
  return chain ? obstacleUnder(context, chain, caller, task) : objectionTo(context, task, caller.id);
}

function objectionTo({ runtime }: Context, task: Requirement, id: string): Obstacle | null {
  const found = runtime.scheduler.router.objection(task, id);
  return found && { code: found.reason, message: found.message };
}

/**
 * Under a delegation the first grantor is asked whether it might do it, if it is not for being of another kind, or away; whoever acts
 * has to be of the kind, safe enough and allowed the tools; and nobody in the chain may be excluded from it, or have to be separate.
 */
function obstacleUnder(context: Context, chain: Chain, caller: Passport, task: Requirement): Obstacle | null {
  const { grantor } = chain;
  if (task.offeredTo && !task.offeredTo.includes(grantor.id)) return objectionTo(context, task, caller.id);
  const anybody = { ...task, offeredTo: null };
  const asGrantor = objectionTo(context, { ...anybody, by: grantor.kind }, grantor.id);
  if (asGrantor && asGrantor.code !== 'away') return asGrantor;
  const open = { ...anybody, requires: [], from: [] };
  const own = objectionTo(context, open, caller.id);
  if (own) return own;
  for (const party of partiesOf(chain)) {
    const found = objectionTo(context, { ...open, by: null }, party);
    if (found && APART.has(found.code)) return found;
  }
  return null;
}

const APART: ReadonlySet<string> = new Set(['excluded', 'separation']);
